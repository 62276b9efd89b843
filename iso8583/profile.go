package iso8583

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Profile is how a peer writes messages, which ones, and what its codes mean. It is read from JSON, never changes, and is safe for use by
// any number of goroutines.
type Profile struct {
	Name    string
	Framing Framing

	mti, bitmap field
	packed      bool // there are fields whose values have more octets here than in messages
	fields      [Fields + 1]field
	messages    map[MTI]rules
	codes       map[Result]string
	late        []string
}

// rules are what a message of a type must hold, what it may hold besides, and what its answer repeats.
type rules struct {
	must, may, echo set
}

// set is a set of fields.
type set [2]uint64

func (s set) has(n int) bool { return s[(n-1)/64]&(1<<(63-(n-1)%64)) != 0 }

//go:embed profiles/*.json
var profiles embed.FS

// document is a profile as it is written.
type document struct {
	Name     string                 `json:"name"`
	Note     string                 `json:"note"`
	Extends  string                 `json:"extends"`
	Framing  Framing                `json:"framing"`
	MTI      Encoding               `json:"mti"`
	Bitmap   Encoding               `json:"bitmap"`
	Digits   Encoding               `json:"digits"`
	Tracks   Encoding               `json:"tracks"`
	Text     Encoding               `json:"text"`
	Binary   Encoding               `json:"binary"`
	Lengths  Encoding               `json:"lengths"`
	Fields   map[string]fieldText   `json:"fields"`
	Messages map[string]messageText `json:"messages"`
	Codes    map[Result]string      `json:"codes"`
	Late     []string               `json:"late"` // codes of DE 39 in reversals: the answer came too late
}

// fieldText is one field: its format, and its encodings where they differ from those of the profile.
type fieldText struct {
	Name     string   `json:"name"`
	Format   string   `json:"format"`
	Encoding Encoding `json:"encoding"`
	Length   Encoding `json:"length"`
}

// messageText has fields by number, "2 3 4 7".
type messageText struct {
	Must string `json:"must"`
	May  string `json:"may"`
	Echo string `json:"echo"`
}

// Names lists the profiles that come with the package.
func Names() []string {
	entries, err := profiles.ReadDir("profiles")
	if err != nil {
		panic(err) // embedded
	}
	var out []string
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".json"); name != base {
			out = append(out, name)
		}
	}
	return out
}

// base has the fields and messages that the others extend; it says no encodings.
const base = "iso87"

// Load returns a profile that comes with the package, such as "iso87-bcd".
func Load(name string) (*Profile, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("iso8583: there is no profile %.40q: %s", name, strings.Join(Names(), ", "))
	}
	b, err := profiles.ReadFile(path.Join("profiles", name+".json"))
	if err != nil {
		return nil, err
	}
	return ParseProfile(b)
}

// ParseProfile reads a profile from JSON. It may extend one that comes with the package, and then says only what differs. The error names
// the member that is wrong.
func ParseProfile(b []byte) (*Profile, error) {
	d, err := decode(b)
	if err != nil {
		return nil, err
	}
	for d.Extends != "" {
		b, err := profiles.ReadFile(path.Join("profiles", path.Base(d.Extends)+".json"))
		if err != nil {
			return nil, fmt.Errorf("iso8583: profile %s: there is no profile %.40q to extend", d.Name, d.Extends)
		}
		under, err := decode(b)
		if err != nil {
			return nil, err
		}
		d = d.over(under)
	}
	return d.compile()
}

func decode(b []byte) (document, error) {
	var d document
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return d, fmt.Errorf("iso8583: a profile: %w", err)
	}
	if d.Name == "" {
		return d, errors.New("iso8583: a profile has a name")
	}
	return d, nil
}

// over lays a document over one that it extends.
func (d document) over(under document) document {
	out := under
	out.Name, out.Note = d.Name, d.Note
	for to, from := range map[*Encoding]Encoding{
		&out.MTI: d.MTI, &out.Bitmap: d.Bitmap, &out.Digits: d.Digits, &out.Tracks: d.Tracks, &out.Text: d.Text, &out.Binary: d.Binary, &out.Lengths: d.Lengths,
	} {
		if from != 0 {
			*to = from
		}
	}
	if d.Framing != 0 {
		out.Framing = d.Framing
	}
	out.Fields, out.Messages, out.Codes = laid(d.Fields, under.Fields), laid(d.Messages, under.Messages), laid(d.Codes, under.Codes)
	if d.Late != nil {
		out.Late = d.Late
	}
	return out
}

// laid is a map with what another has on top.
func laid[K comparable, V any](over, under map[K]V) map[K]V {
	out := map[K]V{}
	maps.Copy(out, under)
	maps.Copy(out, over)
	return out
}

// numbers reads "2 3 4 7".
func numbers(s string) (set, error) {
	var out set
	for _, word := range strings.Fields(s) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 2 || n > Fields || n == 65 {
			return out, fmt.Errorf("%.10q is no number of a field", word)
		}
		out[(n-1)/64] |= 1 << (63 - (n-1)%64)
	}
	return out, nil
}
