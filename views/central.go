package views

import (
	"fmt"
	"math"
)

// Central is the central station of a unit.
type Central struct {
	Columns int
	Tiles   []Tile
	Rail    Rail
	Pool    []Stray
	Units   []UnitLink
}

// UnitLink leads to another unit's central station.
type UnitLink struct {
	Code, Name, Href string
	Current          bool
}

// Central draws up the unit.
func (s Scene) Central(units []UnitLink) Central {
	c := Central{Columns: Columns(len(s.Unit.Beds)), Rail: s.Rail(), Pool: s.Pool(), Units: units}
	for _, b := range s.Unit.Beds {
		c.Tiles = append(c.Tiles, s.Tile(b))
	}
	return c
}

// Columns chooses how many tiles stand side by side: the number that leaves
// the largest tiles of about 1.7 to 1 on a landscape screen beside the rail.
func Columns(tiles int) int {
	const wide, high = 1640.0, 960.0 // px, of a 1920 × 1080 screen
	best, size := 1, 0.0
	for c := 1; c <= max(tiles, 1); c++ {
		rows := math.Ceil(float64(tiles) / float64(c))
		if s := min(wide/float64(c)/1.7, high/rows); s > size+1e-9 {
			best, size = c, s
		}
	}
	return best
}

// says counts what the page shows. It counts nothing that changes while
// somebody watches: this line is drawn once.
func (c Central) says() string {
	if len(c.Tiles) == 1 {
		return "1 bed"
	}
	return fmt.Sprintf("%d beds", len(c.Tiles))
}
