package pcd

import (
	"strconv"
	"strings"
)

// path is OBX-4: MDS.VMD.CHANNEL.METRIC[.FACET[.SUBFACET]]. Zeros at the end
// make a device row, which describes and has no value; a zero inside is a
// level that the device does not name. Numbers may be of any size.
type path []int

// The levels of a path, counted from 0.
const (
	levelMDS = iota
	levelVMD
	levelChannel
	levelMetric
	levelFacet
)

// parsePath gives nil for what is no path.
func parsePath(s string) path {
	p := make(path, 0, levelFacet+2)
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil
		}
		p = append(p, n)
	}
	return p
}

// depth is how many levels name something: 1 for the MDS's own row.
func (p path) depth() int {
	n := min(len(p), levelMetric+1)
	for n > 0 && p[n-1] == 0 {
		n--
	}
	return n
}

func (p path) level(i int) int {
	if i < len(p) {
		return p[i]
	}
	return 0
}

// contains reports whether p, a device row, is above q.
func (p path) contains(q path) bool {
	for i := range p.depth() {
		if q.level(i) != p[i] {
			return false
		}
	}
	return p.depth() < q.depth()
}
