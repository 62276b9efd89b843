package sim_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
)

// TestUnwrap has the vectors of RFC 3394, sections 4.1, 4.3 and 4.6.
func TestUnwrap(t *testing.T) {
	t.Parallel()
	for _, v := range [][3]string{
		{"000102030405060708090A0B0C0D0E0F", "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5", "00112233445566778899AABBCCDDEEFF"},
		{"000102030405060708090A0B0C0D0E0F1011121314151617181920212223", "", ""},
		{"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7", "00112233445566778899AABBCCDDEEFF"},
		{
			"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
			"00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
		},
	} {
		key, in, want := unhex(t, v[0]), unhex(t, v[1]), unhex(t, v[2])
		got, err := sim.Unwrap(key, in)
		if len(want) == 0 {
			if err == nil {
				t.Error("a key of the wrong length unwraps something")
			}
			continue
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%x, %v", got, err)
		}
		for i := range in {
			bad := bytes.Clone(in)
			bad[i] ^= 0x10
			if _, err := sim.Unwrap(key, bad); err == nil {
				t.Errorf("octet %d may be changed", i)
			}
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestImport takes a file with cards of every kind, and their keys work.
func TestImport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		open := file(
			"\uFEFFICCID, msisdn, Set, algorithm, KIc, KID, tar, parts", "# a comment of the maker",
			iccid+", +47 912 34 567, 3, AES, "+strings.ToUpper(keyC)+", "+keyK+", B00099, 3",
			other+"F,,1,3des,"+keyC+","+keyK+",,",
			other+"F,,2,aes,"+keyC+keyC+","+keyK+keyK+",,",
			"894700000000000003,4790000003,15,3des,"+keyC+keyC[:16]+","+keyK+keyK[:16]+",,",
		)
		sum, err := w.ImportFile(t.Context(), tester, sim.Import{Name: "cards.csv", Open: open})
		if err != nil || sum.Cards != 3 || sum.KeySets != 4 || sum.Refused != 0 || len(sum.File) != 64 {
			t.Fatalf("%+v, %v", sum, err)
		}
		c := w.find(phone)
		if c.ICCID != iccid || c.State != sim.Active || c.TAR != (ota.TAR{0xB0, 0, 0x99}) || c.Parts != 3 {
			t.Errorf("%+v", c)
		}
		if c := w.find(other); c.State != sim.Stock || c.TAR != ota.SignatureTAR {
			t.Errorf("%+v", c)
		}
		if s := w.sending(w.send(w.find("+4790000003"))); s.KeySet != 15 {
			t.Errorf("%+v", s)
		}
		if n := w.count("journal WHERE kind = $1", sim.AuditImported); n != 1 {
			t.Errorf("%d records", n)
		}
		if _, err := w.ImportFile(t.Context(), tester, sim.Import{Open: open}); !fault.Is(err, "sim.import_refused") || w.count("sim_card") != 3 {
			t.Errorf("again: %v", err)
		}
	})
}

// TestWrappedImport: keys are wrapped under a transport key; with another, nothing is imported.
func TestWrappedImport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		// RFC 3394, section 4.1, and the same for the key of 256 bits (section 4.3).
		transport := unhex(t, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
		wrapped := "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7"
		longer := "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"
		in := sim.Import{Open: file(head, fmt.Sprintf("%s,%s,1,aes,%s,%s", iccid, phone, wrapped, longer)), Transport: transport}
		if _, err := w.ImportFile(t.Context(), tester, sim.Import{Open: in.Open, Transport: make([]byte, 16)}); !fault.Is(err, "sim.import_refused") {
			t.Error(err)
		}
		if _, err := w.ImportFile(t.Context(), tester, sim.Import{Open: in.Open, Transport: make([]byte, 15)}); !fault.Is(err, "sim.import_transport") {
			t.Error(err)
		}
		if sum, err := w.ImportFile(t.Context(), tester, in); err != nil || sum.Cards != 1 {
			t.Fatal(err)
		}
		w.send(w.find(iccid))
		w.deliver()
		p, err := ota.ParseCommand(w.center.all()[0].Parts[0][3:])
		if err != nil {
			t.Fatal(err)
		}
		k := ota.Keys{KIc: unhex(t, "00112233445566778899AABBCCDDEEFF"), KID: unhex(t, "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")}
		if _, err := p.Open(k); err != nil {
			t.Error(err)
		}
	})
}

// TestRefusedCards: one card that cannot be taken keeps all out, and the report says why without a key.
func TestRefusedCards(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const there, theirs = "8947000000000000009", "+4790000009"
		if _, err := w.ImportFile(t.Context(), tester, sim.Import{Open: file(head, line(there, theirs, 1))}); err != nil {
			t.Fatal(err)
		}
		for name, bad := range map[string]string{
			"short serial": line("12", "", 1), "letters": line("89470000000000000AB", "", 1), "key set 0": line(other, "", 0), "key set 16": line(other, "", 16),
			"des": other + ",,1,des," + keyC[:16] + "," + keyK[:16], "no algorithm": other + ",,1,," + keyC + "," + keyK, "short key": other + ",,1,aes," + keyC[:30] + "," + keyK,
			"not hexadecimal": other + ",,1,aes,zz," + keyK, "equal keys": other + ",,1,aes," + keyC + "," + keyC, "no number": line(other, "12", 1), "letters as a number": line(other, "Anna", 1),
			"twice": line(iccid, "", 1) + "\n" + line(other, "", 1) + "\n" + line(iccid, "", 2), "one number, two cards": line("8947000000000000004", phone, 1) + "\n" + line(other, phone, 1),
			"one set, two keys": line(other, "", 1) + "\n" + line(other, "", 1), "lines that differ": line(other, "", 1) + "\n" + line(other, phone, 2),
			"serial is there": line(there, "", 1), "number is there": line(other, theirs, 1),
		} {
			var reasons []string
			sum, err := w.ImportFile(t.Context(), tester, sim.Import{Open: file(head, line("8947000000000000005", "", 1), bad, line("8947000000000000006", "", 1)), Sink: func(r sim.Row) error {
				if r.Reason != "" {
					reasons = append(reasons, r.Reason)
				}
				return nil
			}})
			if !fault.Is(err, "sim.import_refused") || sum.Refused == 0 || len(reasons) != int(sum.Refused) || w.count("sim_card") != 1 {
				t.Errorf("%s: %+v, %v, %q", name, sum, err, reasons)
			}
			if text := fmt.Sprint(reasons, err); strings.Contains(text, keyC[:8]) || strings.Contains(text, "90000009") {
				t.Errorf("%s: it quotes a secret: %s", name, text)
			}
		}
	})
}

func TestBadFiles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, text := range map[string]string{
			"empty": "", "another head": "serial,key\n1,2", "a column twice": "iccid,iccid,set,algorithm,kic,kid\n", "a column unknown": head + ",pin\n", "too few fields": head + "\n" + iccid,
			"broken quotes": head + "\n\"" + iccid,
		} {
			if _, err := w.ImportFile(t.Context(), tester, sim.Import{Open: file(text)}); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.ImportFile(t.Context(), tester, sim.Import{Open: func() (io.ReadCloser, error) { return nil, errHandler }}); !errors.Is(err, errHandler) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.ImportFile(ctx, tester, sim.Import{Open: file(head, line(iccid, phone, 1))}); err == nil || w.count("sim_card") != 0 {
			t.Errorf("given up: %v", err)
		}
	})
}

// TestManyCards has more than one batch.
func TestManyCards(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lines := []string{head}
		for i := range 1200 {
			lines = append(lines, line(fmt.Sprintf("89470000000000%05d", i), "", 1))
		}
		told := 0
		sum, err := w.ImportFile(t.Context(), tester, sim.Import{Open: file(lines...), Progress: func(int64, int64) { told++ }})
		if err != nil || sum.Cards != 1200 || w.count("sim_key_set") != 1200 || told == 0 {
			t.Errorf("%+v, %v", sum, err)
		}
	})
}
