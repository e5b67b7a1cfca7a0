package e2e

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Every screen of a demo ward that has run for a while, as pictures. `make
// screenshots` asks for them.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("WARDLIGHT_SCREENSHOTS")
	if dir == "" {
		t.Skip("WARDLIGHT_SCREENSHOTS names no folder: make screenshots")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	d := startDemo(t)
	p := d.page()
	p.resize(1920, 1080)
	p.open("/signin")
	p.keep(dir, "signin")

	p.signInAs("nurse", d.passwords["nurse"])
	eventually(t, 3*time.Minute, "three alarms are waiting in the ICU, one of them high", func() bool {
		return p.count(".rail .open [data-alarm]") >= 3 && p.count(".rail .open a[data-acknowledge]") >= 1 && p.isLive()
	})
	taken := d.signedIn("charge")
	for _, b := range taken.reads("ICU").Beds {
		if i := slices.IndexFunc(b.Alarms, func(a snapshotAlarm) bool { return a.Priority == "medium" && a.Category == "physiological" }); i >= 0 {
			taken.acknowledge(b.Alarms[i])
			break
		}
	}
	p.keep(dir, "central")
	p.resize(1366, 768)
	p.keep(dir, "central-1366")
	p.resize(3840, 2160)
	p.keep(dir, "central-wall")
	p.resize(360, 800)
	p.keep(dir, "phone")

	p.resize(1920, 1080)
	bed := p.attr(".rail .open li:has(a[data-acknowledge])", "data-at-bed")
	p.look()
	p.click(".rail .open a[data-acknowledge]")
	eventually(t, 5*time.Second, "the panel is open", func() bool { return p.count("dialog[open]") == 1 })
	p.keep(dir, "alarm-panel")

	p.click(`.grid [data-bed="` + bed + `"] a.who`)
	eventually(t, 5*time.Second, "the bedside is live", func() bool { return p.count(".bedside-l") == 1 && p.isLive() })
	p.keep(dir, "bedside")
	p.click(`nav a[href*="/trends"]`)
	eventually(t, 5*time.Second, "the trend is drawn", func() bool { return p.count("[data-chart][data-drawn]") == 1 })
	p.keep(dir, "trends")
	p.open("/alarms")
	p.keep(dir, "alarms")

	p.open("/devices")
	p.fill(`[name="device"]`, "PUMP2")
	p.fill(`[name="to"]`, "ICU-7")
	p.click(`[data-scan] button`)
	eventually(t, 5*time.Second, "the pump is shown where it is", func() bool { return p.count(".conflict") == 1 })
	p.keep(dir, "devices")
	p.open("/bed/ICU/3/stay")
	p.keep(dir, "stay")
	admin := d.page()
	admin.resize(1920, 1080)
	admin.signInAs("admin", d.passwords["admin"])
	admin.open("/admin/gateways")
	admin.keep(dir, "gateways")
}

// keep takes a picture when the page has come to rest.
func (p *page) keep(dir, name string) {
	p.t.Helper()
	time.Sleep(1500 * time.Millisecond)
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, fewColours(p.picture())); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), small.Bytes(), 0o644); err != nil {
		p.t.Fatal(err)
	}
	p.t.Logf("%s.png: %d kB", name, small.Len()/1000)
}

// fewColours draws a picture with the 256 colours that it uses most, which is
// all but a few edges of letters: such files take a third of the room.
func fewColours(img image.Image) *image.Paletted {
	uses := map[color.RGBA]int{}
	b := img.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA) }
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			uses[at(x, y)]++
		}
	}
	var all []color.RGBA
	for c := range uses {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int { return uses[b] - uses[a] })
	var palette color.Palette
	for _, c := range all[:min(len(all), 256)] {
		palette = append(palette, c)
	}
	out := image.NewPaletted(b, palette)
	nearest := map[color.RGBA]uint8{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := at(x, y)
			i, ok := nearest[c]
			if !ok {
				i = uint8(palette.Index(c))
				nearest[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
