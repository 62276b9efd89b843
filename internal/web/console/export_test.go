package console

import (
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Row is a row of the route table, for tests that walk it.
type Row struct {
	Pattern string
	Need    staff.Permission
	Open    bool
	Fresh   bool
	Upload  bool
	MaxBody int64
}

// Table is the route table.
func Table() (rows []Row) {
	for _, rt := range (&console{}).routes() {
		rows = append(rows, Row{rt.Pattern, rt.Need, rt.Open, rt.Fresh != "", rt.Upload, rt.MaxBody})
	}
	return rows
}

// Kit is the kit of a console, for its texts.
func Kit(c Config) (*ui.Kit, error) {
	k := &console{Config: c}
	return ui.New(ui.Config{
		Face: ui.Console, Pages: sub("page"), Texts: sub("text"), Static: sub("static"), Styles: []string{"console.css", "desk.css", "risk.css", "pay.css"}, Scripts: []string{"js/count.js"},
		Chrome: k.chrome, Now: c.Now, Rand: c.Rand, Log: c.Log,
	})
}

// LandText has the coasts of the Earth.
var LandText = landText

// LandIn reads coasts, and draws those that reach into a part of the world.
func LandIn(text string, west, top, wide, deep float64) (n int, path string, err error) {
	all, err := readLand(text)
	return len(all), landIn(all, west, top, wide, deep), err
}
