//go:build !linux && !darwin

package cluster

import "errors"

func space(string) (Space, error) { return Space{}, errors.ErrUnsupported }
