package iso8583_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/iso8583"
)

var seed = flag.Uint64("seed", 0, "the seed of the one message that tests against peers try, as a failing test printed it")

// each tries so many messages, each of a seed of its own that is told when it fails.
func each(t *testing.T, count int, try func(t *testing.T, d *draw)) {
	t.Helper()
	for range count {
		s := *seed
		if s == 0 {
			s = rand.Uint64()
		}
		try(t, &draw{rand.New(rand.NewPCG(s, 1)), s})
		if t.Failed() {
			t.Fatalf("to try this message again: go test ./iso8583 -run '^%s$' -seed %d", t.Name(), s)
		}
		if *seed != 0 {
			return
		}
	}
}

// draw makes messages of chance.
type draw struct {
	*rand.Rand
	seed uint64
}

// charactersDrawn is how many a message has at most, so that a message stays below its limit in every encoding.
const charactersDrawn = 3500

// mtis are the types that issuers meet, with repeats.
var mtis = []iso8583.MTI{100, 101, 110, 120, 121, 130, 400, 401, 410, 420, 421, 430, 800, 801, 810}

// message has some of the given fields, with texts of the characters given, and chip data in ascending order of tags.
func (d *draw) message(p *iso8583.Profile, fields []int, text string) *iso8583.Message {
	m := &iso8583.Message{MTI: mtis[d.IntN(len(mtis))]}
	left := charactersDrawn
	for range d.IntN(40) {
		n := fields[d.IntN(len(fields))]
		v := d.value(p, n, text)
		if n == 55 && d.IntN(4) > 0 {
			v = d.chip(true)
		}
		if left -= len(v); left < 0 {
			break
		}
		m.Set(n, v)
	}
	return m
}

// value is one of a field: often short, sometimes of the greatest length.
func (d *draw) value(p *iso8583.Profile, n int, text string) []byte {
	kind, length, variable := p.Shape(n)
	if variable {
		switch d.IntN(8) {
		case 0:
		case 1, 2:
			length = d.IntN(length + 1)
		default:
			length = d.IntN(min(length, 30) + 1)
		}
	}
	out := make([]byte, length)
	alphabet := map[string]string{"n": "0123456789", "z": "0123456789=", "x+n": "0123456789", "text": text}[kind]
	for i := range out {
		if kind == "b" {
			out[i] = byte(d.Uint32())
		} else {
			out[i] = alphabet[d.IntN(len(alphabet))]
		}
	}
	if kind == "x+n" {
		out[0] = "CD"[d.IntN(2)]
	}
	return out
}

// chip is DE 55: up to twelve tags of one to three octets, in ascending order or any, with values whose lengths have one or two octets.
func (d *draw) chip(ascending bool) []byte {
	all := []iso8583.Tag{
		0x4F, 0x57, 0x5A, 0x5F2A, 0x5F34, 0x71, 0x72, 0x82, 0x84, 0x8A, 0x91, 0x95, 0x9A, 0x9C, 0x9F02, 0x9F03, 0x9F10, 0x9F1A, 0x9F26, 0x9F27, 0x9F33,
		0x9F34, 0x9F36, 0x9F37, 0x9F6E, 0x9F8101, 0xDF02, 0xDF8129, 0xDFFF7F,
	}
	d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:1+d.IntN(12)]
	if ascending {
		slices.Sort(all)
	}
	var out []byte
	for _, tag := range all {
		longest := 30
		if d.IntN(8) == 0 {
			longest = 200
		}
		v := make([]byte, 1+d.IntN(longest))
		for i := range v {
			v[i] = byte(d.Uint32())
		}
		if next := iso8583.AppendTag(slices.Clone(out), tag, v); len(next) <= 255 {
			out = next
		}
	}
	return out
}

// fieldsOf are the fields of a profile that a peer can write.
func fieldsOf(p *iso8583.Profile, can func(n int, kind string, variable bool) bool) []int {
	var out []int
	for n := 2; n <= iso8583.Fields; n++ {
		if kind, _, variable := p.Shape(n); kind != "" && can(n, kind, variable) {
			out = append(out, n)
		}
	}
	return out
}

func every(int, string, bool) bool { return true }
