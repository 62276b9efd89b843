package sim_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
)

// FuzzRows: no file of a card maker panics; what is taken has a number of digits, keys that are worth something, and no refusal
// quotes a key.
func FuzzRows(f *testing.F) {
	f.Add(head+"\n"+line(iccid, phone, 3), []byte(nil))
	f.Add("\uFEFFICCID, msisdn, Set, algorithm, KIc, KID, tar, parts, counter\n# x\n"+iccid+"F,,1,3des,"+keyC+","+keyK+",b00011,3,7", []byte(nil))
	f.Add(head+"\n"+iccid+",,1,aes,64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7,28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
		unhexSeed("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"))
	f.Fuzz(func(t *testing.T, text string, transport []byte) {
		switch len(transport) {
		case 16, 24, 32:
		default:
			transport = nil
		}
		taken, refused, _ := sim.Rows(strings.NewReader(text), transport)
		for _, r := range refused {
			if r.Reason == "" || strings.Contains(r.Reason, keyC) || strings.Contains(r.Reason, keyK) {
				t.Errorf("%+v", r)
			}
		}
		for _, c := range taken {
			if n := len(c.ICCID); n < 18 || n > 20 || strings.Trim(c.ICCID, "0123456789") != "" || len(c.Keys) == 0 {
				t.Errorf("%+v", c)
			}
			for _, k := range c.Keys {
				if bytes.Equal(k.KIc, k.KID) || bytes.Count(k.KIc, k.KIc[:1]) == len(k.KIc) {
					t.Errorf("card %s has a key that is worth nothing", c.ICCID)
				}
			}
		}
	})
}

func unhexSeed(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// FuzzParts: whatever parts say, the search for an answer ends within its bounds, and has the part that came in each packet.
func FuzzParts(f *testing.F) {
	f.Add([]byte{5, 0, 3, 1, 2, 2, 9}, []byte{7, 0, 3, 1, 2, 1, 0x71, 0, 1}, []byte{5, 0, 3, 1, 2, 2, 8})
	f.Add([]byte{2, 0x71, 0, 1}, []byte{6, 8, 4, 1, 1, 2, 1, 7}, []byte{})
	f.Fuzz(func(t *testing.T, last, a, b []byte) {
		s, err := ota.ParseSegment(last)
		if err != nil || s.Total > 8 {
			return
		}
		var all []ota.Segment
		for _, one := range [][]byte{a, b, last} {
			if p, err := ota.ParseSegment(one); err == nil && p.Reference == s.Reference && p.Total == s.Total {
				for i := range byte(20) {
					p.Body = append(bytes.Clone(p.Body), i)
					all = append(all, p)
				}
			}
		}
		packets := sim.Combine(s, all)
		if len(packets) > 32 {
			t.Errorf("%d combinations", len(packets))
		}
		for _, p := range packets {
			if !bytes.Contains(p, s.Body) {
				t.Errorf("%x is not of the part that came", p)
			}
		}
	})
}
