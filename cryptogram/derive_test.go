package cryptogram_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/cmac"
	"github.com/countersign-auth/countersign/cryptogram"
)

// Our own keys of the suite AES are pinned: cards and servers of other versions must derive the same.
func TestKeysOfAES(t *testing.T) {
	t.Parallel()
	master := unhex(t, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
	account, err := cryptogram.AccountKey(cryptogram.AES, master, "4900000000000001", 0)
	if err != nil {
		t.Fatal(err)
	}
	// Option C by its definition.
	y := unhex(t, "00000000000000490000000000000100")
	want := make([]byte, 32)
	half(t, master).Encrypt(want[:16], y)
	for i := range y {
		y[i] ^= 0xFF
	}
	half(t, master).Encrypt(want[16:], y)
	if !bytes.Equal(account, want) {
		t.Errorf("the key of an account: %x, want %x", account, want)
	}
	x, err := cryptogram.ParseIndex("6784299")
	if err != nil {
		t.Fatal(err)
	}
	luk, err := cryptogram.LimitedKey(cryptogram.AES, account, x)
	if err != nil {
		t.Fatal(err)
	}
	// SP 800-108 in counter mode by its definition.
	var whole []byte
	for i := byte(1); i <= 2; i++ {
		mac := cmac.Sum(half(t, account), append(append([]byte{i}, "countersign/v1 LUK"...), 0, 0x06, 0x78, 0x42, 0x99, 1, 0))
		whole = append(whole, mac[:]...)
	}
	if !bytes.Equal(luk, whole) {
		t.Errorf("a limited-use key: %x, want %x", luk, whole)
	}
	one, err1 := cryptogram.SessionKey(cryptogram.AES, account, 1)
	two, err2 := cryptogram.SessionKey(cryptogram.AES, account, 2)
	if err1 != nil || err2 != nil || len(one) != 32 || bytes.Equal(one, two) {
		t.Errorf("session keys: %v, %v", err1, err2)
	}
}

func TestKeysThatCannotBeDerived(t *testing.T) {
	t.Parallel()
	good := bytes.Repeat([]byte{1}, 16)
	for name, err := range map[string]error{
		"letters":     second(cryptogram.AccountKey(cryptogram.AES, good, "49000000000000X1", 0)),
		"short":       second(cryptogram.AccountKey(cryptogram.AES, good, "49000", 0)),
		"long":        second(cryptogram.AccountKey(cryptogram.AES, good, strings.Repeat("4", 20), 0)),
		"sequence":    second(cryptogram.AccountKey(cryptogram.AES, good, "4900000000000001", 100)),
		"negative":    second(cryptogram.AccountKey(cryptogram.AES, good, "4900000000000001", -1)),
		"AES key":     second(cryptogram.AccountKey(cryptogram.AES, good[1:], "4900000000000001", 0)),
		"TDES key":    second(cryptogram.AccountKey(cryptogram.TDES, append(good, good...), "4900000000000001", 0)),
		"session key": second(cryptogram.SessionKey(cryptogram.TDES, nil, 1)),
		"index":       second(cryptogram.LimitedKey(cryptogram.AES, good, 9_999_999)),
		"no index":    second(cryptogram.LimitedKey(cryptogram.AES, good, 0)),
		"no suite":    second(cryptogram.LimitedKey(9, good, 100)),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "cryptogram: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ []byte, err error) error { return err }

func TestIndexes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 24, 9, 30, 0, 0, time.UTC)
	x, err := cryptogram.NewIndex(at, 7)
	if err != nil || x.String() != "6056207" || x.Counter() != 7 { // 23 days and 10 hours begun
		t.Fatalf("%s, %v", x, err)
	}
	if got, err := x.Hour(at.AddDate(0, 0, 5)); err != nil || !got.Equal(at.Truncate(time.Hour)) {
		t.Errorf("%v, %v", got, err)
	}
	last, err := cryptogram.NewIndex(time.Date(2028, 12, 31, 23, 59, 0, 0, time.UTC), 99)
	if err != nil || last.String() != "8878499" {
		t.Errorf("the last hour of a leap year: %s, %v", last, err)
	}
	// An hour ahead of the clock it is still to come; two days ahead it was ten years ago.
	now := time.Date(2028, 12, 31, 22, 59, 0, 0, time.UTC)
	if got, err := last.Hour(now); err != nil || !got.Equal(time.Date(2028, 12, 31, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("an hour ahead: %v, %v", got, err)
	}
	june, err := cryptogram.NewIndex(time.Date(2028, 6, 3, 12, 0, 0, 0, time.UTC), 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := june.Hour(time.Date(2028, 6, 1, 0, 0, 0, 0, time.UTC)); err != nil || got.Year() != 2018 {
		t.Errorf("two days ahead: %v, %v", got, err)
	}
	if _, err := cryptogram.NewIndex(at, 100); !errors.Is(err, cryptogram.ErrIndexesSpent) {
		t.Errorf("the hundred-and-first: %v", err)
	}
	if _, err := cryptogram.NewIndex(at, -1); err == nil {
		t.Error("a negative counter was taken")
	}
	for _, bad := range []string{"", "605620", "60562070", "6000007", "6878507", "-056207", "605620a"} {
		if x, err := cryptogram.ParseIndex(bad); err == nil {
			t.Errorf("%s was read as %s", bad, x)
		}
	}
}

func TestIndexesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1_500_000_000, 4_000_000_000).Draw(t, "at"), 0).UTC()
		x, err := cryptogram.NewIndex(at, rapid.IntRange(0, 99).Draw(t, "counter"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := x.Hour(at.Add(time.Duration(rapid.Int64Range(-20, 24*300).Draw(t, "hours later")) * time.Hour))
		if err != nil || !got.Equal(at.Truncate(time.Hour)) {
			t.Fatalf("%s of %v is of %v, %v", x, at, got, err)
		}
		if again, err := cryptogram.ParseIndex(x.String()); err != nil || again != x {
			t.Fatalf("%s was read as %s, %v", x, again, err)
		}
	})
}

func TestApplicationData(t *testing.T) {
	t.Parallel()
	x, err := cryptogram.ParseIndex("6056207")
	if err != nil {
		t.Fatal(err)
	}
	a := cryptogram.ApplicationData{KeySet: 2, CVR: [5]byte{3, 0xA0}, Wallet: 77, Index: x}
	b := a.Bytes()
	same(t, "9F10", b, nil, "1f430203a00000000000004d0605620700000000000000000000000000000000")
	if got, err := cryptogram.ParseApplicationData(b); err != nil || got != a {
		t.Errorf("%+v, %v", got, err)
	}
	for i := range b {
		bad := bytes.Clone(b)
		bad[i] ^= 0xF0
		got, err := cryptogram.ParseApplicationData(bad)
		if fixed := i < 2 || i == 12 || i >= 16; fixed && err == nil || i >= 2 && i < 12 && err != nil {
			t.Errorf("octet %d: %+v, %v", i, got, err)
		}
		if err == nil && !bytes.Equal(got.Bytes(), bad) {
			t.Errorf("octet %d: %x came back as %x", i, bad, got.Bytes())
		}
	}
}

// A start in FIPS 140 mode refuses triple DES with a message that says what to do, and has AES.
func TestFIPS(t *testing.T) {
	t.Parallel()
	if os.Getenv("COUNTERSIGN_TEST_FIPS") == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFIPS$", "-test.v")
		c.Env = append(os.Environ(), "GODEBUG=fips140=on", "COUNTERSIGN_TEST_FIPS=1")
		if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "AES goes on") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := cryptogram.TDES.Available(); !errors.Is(err, cryptogram.ErrFIPS) || !strings.Contains(err.Error(), "choose the suite aes") {
		t.Errorf("%v", err)
	}
	if _, err := cryptogram.NewKey(cryptogram.TDES, testKey(cryptogram.TDES, 1)); !errors.Is(err, cryptogram.ErrFIPS) {
		t.Errorf("a key: %v", err)
	}
	if got, err := together(t, cryptogram.AES, testKey(cryptogram.AES, 1), cryptogram.Protected, nil); err == nil && len(got) == 16 {
		t.Log("AES goes on")
	}
}
