package probe

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/fault"
)

// MaxSize is the size of a report in bytes at most; the script's have about 1,500.
const MaxSize = 16 << 10

// Report is what the script sent; webapp/probe/report.ts says what the fields mean.
type Report struct {
	V          int      `json:"v"`
	Seq        int      `json:"seq"`
	Why        string   `json:"why"`
	Hardware   Hardware `json:"device"`
	Browser    Browser  `json:"browser"`
	Automation []string `json:"automation"`
	Tamper     Tamper   `json:"tamper"`
	Typing     Typing   `json:"typing"`
	Pointer    Pointer  `json:"pointer"`
	Time       Times    `json:"time"`
}

// Hardware is what the machine and its system look like.
type Hardware struct {
	Screen   [2]int  `json:"screen"`
	Ratio    float64 `json:"ratio"`
	Depth    int     `json:"depth"`
	Cores    int     `json:"cores"`
	Memory   float64 `json:"memory"`
	Touch    int     `json:"touch"`
	Coarse   bool    `json:"coarse"`
	Platform string  `json:"platform"`
	Zone     string  `json:"zone"`
	Offset   int     `json:"offset"`
	Graphics string  `json:"graphics"`
	Canvas   string  `json:"canvas"`
}

// Browser is what the browser says of itself.
type Browser struct {
	Agent     string   `json:"agent"`
	Brands    []string `json:"brands"`
	Mobile    bool     `json:"mobile"`
	Languages []string `json:"languages"`
	Cookies   bool     `json:"cookies"`
	Storage   bool     `json:"storage"`
	Window    [2]int   `json:"window"`
}

// Tamper is what others than the bank did to the page.
type Tamper struct {
	Replaced []string `json:"replaced"`
	Scripts  int      `json:"scripts"`
	Frames   int      `json:"frames"`
	Fields   int      `json:"fields"`
	Forms    int      `json:"forms"`
	Policy   int      `json:"policy"`
	Framed   bool     `json:"framed"`
}

// Typing is how keys are pressed; Count is a class.
type Typing struct {
	Count     int    `json:"count"`
	Dwell     Spread `json:"dwell"`
	Flight    Spread `json:"flight"`
	Pastes    int    `json:"pastes"`
	Filled    int    `json:"filled"`
	Untrusted int    `json:"untrusted"`
	Silent    int    `json:"silent"`
}

// Pointer is how the pointer moves.
type Pointer struct {
	Moves    int      `json:"moves"`
	Clicks   int      `json:"clicks"`
	Speed    Spread   `json:"speed"`
	Straight float64  `json:"straight"`
	Scrolls  int      `json:"scrolls"`
	Kinds    []string `json:"kinds"`
}

// Times are in ms since the page began to load.
type Times struct {
	Ready  int `json:"ready"`
	First  int `json:"first"`
	Sent   int `json:"sent"`
	Hidden int `json:"hidden"`
	Blurs  int `json:"blurs"`
	Trip   int `json:"trip"`
}

// Spread is a mean and a standard deviation, in ms or CSS pixels per second.
type Spread struct {
	Mean int `json:"mean"`
	SD   int `json:"sd"`
}

// Parse reads a report: JSON of at most [MaxSize] bytes, with the fields of version 1
// and no others. The fault "risk.probe" (Invalid) says that it is none; it repeats
// nothing of it.
func Parse(body []byte) (r Report, err error) {
	if len(body) > MaxSize || !utf8.Valid(body) {
		return Report{}, malformed()
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Report{}, malformed()
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Report{}, malformed()
	}
	if !r.plausible() {
		return Report{}, malformed()
	}
	return r, nil
}

func malformed() error {
	return fault.Invalidf("risk.probe", "This is not a report of the probe: send what the script sends, unchanged.")
}
