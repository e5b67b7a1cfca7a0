package ward

import (
	"cmp"
	"hash/maphash"
	"iter"
	"slices"
)

// table is a map that is a value: set returns a new one and leaves the old
// one as it was, at the cost of copying one of its small shards.
type table[K cmp.Ordered, V any] struct {
	shards *[tableShards]shard[K, V]
}

// shard is sorted by key: a slice is copied far faster than a map.
type shard[K cmp.Ordered, V any] []tableEntry[K, V]

type tableEntry[K cmp.Ordered, V any] struct {
	key   K
	value V
}

const tableShards = 64

var tableSeed = maphash.MakeSeed()

func (t table[K, V]) shard(k K) int {
	return int(maphash.Comparable(tableSeed, k) % tableShards)
}

func (s shard[K, V]) find(k K) (int, bool) {
	return slices.BinarySearchFunc(s, k, func(e tableEntry[K, V], k K) int { return cmp.Compare(e.key, k) })
}

func (t table[K, V]) get(k K) (v V, ok bool) {
	if t.shards == nil {
		return v, false
	}
	s := t.shards[t.shard(k)]
	i, ok := s.find(k)
	if !ok {
		return v, false
	}
	return s[i].value, true
}

// values are all there are, in no order.
func (t table[K, V]) values() iter.Seq[V] {
	return func(yield func(V) bool) {
		if t.shards == nil {
			return
		}
		for _, s := range t.shards {
			for i := range s {
				if !yield(s[i].value) {
					return
				}
			}
		}
	}
}

func (t table[K, V]) set(k K, v V) table[K, V] {
	next := new([tableShards]shard[K, V])
	if t.shards != nil {
		*next = *t.shards
	}
	s := &next[t.shard(k)]
	i, found := s.find(k)
	if found {
		*s = slices.Clone(*s)
		(*s)[i].value = v
	} else {
		*s = slices.Insert(slices.Clip(*s), i, tableEntry[K, V]{k, v})
	}
	return table[K, V]{next}
}

// without is the table without what stands under k.
func (t table[K, V]) without(k K) table[K, V] {
	if _, found := t.get(k); !found {
		return t
	}
	next := new([tableShards]shard[K, V])
	*next = *t.shards
	s := &next[t.shard(k)]
	i, _ := s.find(k)
	*s = slices.Delete(slices.Clone(*s), i, i+1)
	return table[K, V]{next}
}

func (t table[K, V]) count() (n int) {
	if t.shards == nil {
		return 0
	}
	for _, s := range t.shards {
		n += len(s)
	}
	return n
}
