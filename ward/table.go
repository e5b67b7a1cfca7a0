package ward

import (
	"hash/maphash"
	"iter"
)

// table is a map that is a value: set returns a new one and leaves the old
// one as it was, at the cost of copying one of its small shards.
type table[K comparable, V any] struct {
	shards *[tableShards]map[K]V
}

const tableShards = 64

var tableSeed = maphash.MakeSeed()

func (t table[K, V]) shard(k K) int {
	return int(maphash.Comparable(tableSeed, k) % tableShards)
}

func (t table[K, V]) get(k K) (V, bool) {
	if t.shards == nil {
		var zero V
		return zero, false
	}
	v, ok := t.shards[t.shard(k)][k]
	return v, ok
}

// values are all there are, in no order.
func (t table[K, V]) values() iter.Seq[V] {
	return func(yield func(V) bool) {
		if t.shards == nil {
			return
		}
		for _, shard := range t.shards {
			for _, v := range shard {
				if !yield(v) {
					return
				}
			}
		}
	}
}

func (t table[K, V]) set(k K, v V) table[K, V] {
	next := new([tableShards]map[K]V)
	if t.shards != nil {
		*next = *t.shards
	}
	i := t.shard(k)
	m := make(map[K]V, len(next[i])+1)
	for key, value := range next[i] {
		m[key] = value
	}
	m[k] = v
	next[i] = m
	return table[K, V]{next}
}
