//go:build !linux && !darwin

package cluster

import "errors"

func space(string) (Space, error) { return Space{}, errors.ErrUnsupported }

func isOneDisk(a, b string) bool { return false }
