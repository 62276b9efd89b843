package iso8583_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/iso8583"
)

func TestTagsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all []iso8583.Tag
		var values [][]byte
		var b []byte
		for range rapid.IntRange(0, 6).Draw(t, "count") {
			tag := rapid.SampledFrom([]iso8583.Tag{0x82, 0x95, 0x9F26, 0x5F2A, 0x9F8101, 0x70, 0xDF7F}).Draw(t, "tag")
			value := rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "value")
			all, values, b = append(all, tag), append(values, value), iso8583.AppendTag(b, tag, value)
		}
		walk := iso8583.NewTags(b)
		for i := 0; ; i++ {
			tag, value, ok, err := walk.Next()
			if err != nil || ok != (i < len(all)) {
				t.Fatalf("%d: %v, %v", i, ok, err)
			}
			if !ok {
				break
			}
			if tag != all[i] || !bytes.Equal(value, values[i]) {
				t.Fatalf("%d: %s, %x", i, tag, value)
			}
		}
	})
}

// Structures that crashed readers of others, and what EMV does not have.
func TestTagsThatAreNone(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"a tag without a length": "82", "a half tag": "9F", "an endless tag": "9F8182838401FF", "a chain of BF": "BFFFFFFFFF", "a length that is not there": "9F2681",
		"a long length that is not there": "9F268201", "a value that is too short": "9F26088000", "eight octets of length": "9F26888080808080808080", "indefinite": "7080020000", "three octets of length": "9F2683000001FF",
		"a second octet of zero": "9F000100", "behind a good one": "8202180095",
	} {
		b := unhex(t, strings.ToLower(s))
		var err error
		for walk, ok := iso8583.NewTags(b), true; ok && err == nil; {
			_, _, ok, err = walk.Next()
		}
		if !errors.Is(err, iso8583.ErrTags) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := iso8583.Find(b, iso8583.TagAIP); !errors.Is(err, iso8583.ErrTags) {
			t.Errorf("%s, found in: %v", name, err)
		}
	}
}

func TestFindAndFillers(t *testing.T) {
	t.Parallel()
	b := unhex(t, "00008202180000008202ffff9f360200010000")
	for tag, want := range map[iso8583.Tag]string{iso8583.TagAIP: "\x18\x00", iso8583.TagCounter: "\x00\x01", iso8583.TagTVR: ""} {
		if got, err := iso8583.Find(b, tag); err != nil || string(got) != want {
			t.Errorf("%s: %x, %v", tag, got, err)
		}
	}
	for _, bad := range []iso8583.Tag{0, 0x9F, 0x8201, 0x9F00, 0x1000000, 0x9F818283} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was written", bad)
				}
			}()
			iso8583.AppendTag(nil, bad, nil)
		}()
	}
}

// Whatever may be written as a tag is found again, and nothing else may.
func TestTagsThatMayBeWritten(t *testing.T) {
	t.Parallel()
	written := 0
	for tag := iso8583.Tag(0); tag <= 0x1FFFFFF; tag += 1 + tag>>14 {
		var b []byte
		func() {
			defer func() { _ = recover() }()
			b = iso8583.AppendTag(nil, tag, []byte{1})
		}()
		octets := []byte{byte(tag >> 24), byte(tag >> 16), byte(tag >> 8), byte(tag), 1, 1}
		walk := iso8583.NewTags(bytes.TrimLeft(octets, "\x00"))
		got, v, ok, err := walk.Next()
		readable := err == nil && ok && got == tag && len(v) == 1
		if readable != (b != nil) {
			t.Fatalf("%s is written as %x, and read: %v", tag, b, readable)
		}
		if b != nil {
			written++
		}
	}
	if written < 1000 {
		t.Errorf("only %d were written", written)
	}
}

func TestFramings(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte{7}, iso8583.Limit)
	for f, head := range map[iso8583.Framing]string{iso8583.Binary2: "\x00\x05", iso8583.BCD2: "\x00\x05", iso8583.ASCII4: "0005", iso8583.VMLH: "\x00\x05\x00\x00"} {
		var stream []byte
		for _, m := range [][]byte{[]byte("hello"), nil, long, []byte("x")} {
			var err error
			if stream, err = f.Append(stream, m); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.HasPrefix(string(stream), head+"hello") {
			t.Errorf("%d: %x", f, stream[:9])
		}
		r := iotest.OneByteReader(bytes.NewReader(stream))
		var buf []byte
		for _, want := range [][]byte{[]byte("hello"), nil, long, []byte("x")} {
			got, err := f.Read(r, buf)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d: %d octets, %v", f, len(got), err)
			}
			buf = got
		}
		if _, err := f.Read(r, buf); !errors.Is(err, io.EOF) {
			t.Errorf("%d: at the end: %v", f, err)
		}
		for n := 1; n < 5; n++ {
			if _, err := f.Read(bytes.NewReader(stream[:n]), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%d: %d octets: %v", f, n, err)
			}
		}
		if _, err := f.Append(nil, append(long, 0)); !errors.Is(err, iso8583.ErrFrame) {
			t.Errorf("%d: too long: %v", f, err)
		}
	}
	for f, bad := range map[iso8583.Framing][]byte{iso8583.Binary2: {0x20, 1}, iso8583.BCD2: {0x0A, 0}, iso8583.ASCII4: []byte("00a1"), iso8583.VMLH: {0, 1, 0, 1}, 0: {0, 1, 0, 0}} {
		if _, err := f.Read(bytes.NewReader(append(bad, make([]byte, 9000)...)), nil); !errors.Is(err, iso8583.ErrFrame) {
			t.Errorf("%d: %x was read: %v", f, bad, err)
		}
	}
}
