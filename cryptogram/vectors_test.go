package cryptogram_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/cryptogram"
)

// vector is one known answer; the fields that it has depend on what is asked.
type vector struct {
	Origin, Suite, Master, PAN, Want, KCV, Account, Index, Key, Device, Data, X, K3, K4, C1, Plain, Protected, Session, ARQC, CSU, Shared string
	PSN                                                                                                                                   int
	ATC                                                                                                                                   uint16
}

func vectors(t testing.TB, kind string) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string][]vector
	if err := json.Unmarshal(b, &all); err != nil || len(all[kind]) == 0 {
		t.Fatalf("%v; %d vectors of %s", err, len(all[kind]), kind)
	}
	return all[kind]
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func same(t *testing.T, what string, got []byte, err error, want string) {
	t.Helper()
	if err != nil || !strings.EqualFold(hex.EncodeToString(got), want) {
		t.Errorf("%s: %x, %v; want %s", what, got, err, want)
	}
}

func key(t testing.TB, s cryptogram.Suite, b []byte) *cryptogram.Key {
	t.Helper()
	k, err := cryptogram.NewKey(s, b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Keys of issuers that others derived: option A, key check values, limited-use keys, session keys.
func TestDerivedKeysAreThoseOfOthers(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "udk") {
		got, err := cryptogram.AccountKey(cryptogram.TDES, unhex(t, v.Master), v.PAN, v.PSN)
		same(t, v.Origin, got, err, v.Want)
		if v.KCV != "" {
			same(t, v.Origin+", check value", key(t, cryptogram.TDES, got).OneBlock(make([]byte, 8))[:3], nil, v.KCV)
		}
	}
	for _, v := range vectors(t, "luk") {
		x, err := cryptogram.ParseIndex(v.Index)
		if err != nil {
			t.Fatal(err)
		}
		got, err := cryptogram.LimitedKey(cryptogram.TDES, unhex(t, v.Account), x)
		same(t, v.Origin, got, err, v.Want)
	}
	for _, v := range vectors(t, "session") {
		got, err := cryptogram.SessionKey(cryptogram.TDES, unhex(t, v.Account), v.ATC)
		same(t, v.Origin, got, err, v.Want)
	}
}

func TestCodesAreThoseOfOthers(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "code") {
		k, device := key(t, cryptogram.TDES, unhex(t, v.Key)), [8]byte(unhex(t, v.Device))
		if got := k.Code(v.ATC, device); got != v.Want {
			t.Errorf("%s: %s, want %s", v.Origin, got, v.Want)
		}
		if !k.VerifyCode(v.ATC, device, v.Want) || k.VerifyCode(v.ATC+1, device, v.Want) || k.VerifyCode(v.ATC, device, "") {
			t.Errorf("%s: the code is right for another counter, or wrong for its own", v.Origin)
		}
	}
}

// DI-199: the split reproduces genuine cryptograms of EMV, in both variants.
func TestDI199CryptogramsOfEMV(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "cryptogram") {
		s, err := cryptogram.ParseSuite(v.Suite)
		if err != nil {
			t.Fatal(err)
		}
		secret, data := unhex(t, v.Key), unhex(t, v.Data)
		k := key(t, s, secret)
		same(t, v.Origin, k.Cryptogram(data), nil, v.Want)
		if !k.Verify(data, unhex(t, v.Want)) || k.Verify(data[1:], unhex(t, v.Want)) {
			t.Errorf("%s: the cryptogram is right for other data, or wrong for its own", v.Origin)
		}
		for _, variant := range []cryptogram.Variant{cryptogram.Protected, cryptogram.Plain} {
			got, err := together(t, s, secret, variant, data)
			same(t, v.Origin+", split, "+variant.String(), got, err, v.Want)
		}
	}
}

// The transaction of the same vector, made of its fields.
func TestTransactionData(t *testing.T) {
	t.Parallel()
	v := vectors(t, "cryptogram")[0]
	tx := cryptogram.Transaction{
		Amount: 4000, Country: 124, TVR: [5]byte{0x80, 0, 4, 0x80, 0}, Currency: 124, Date: "191105", Type: 1,
		Unpredictable: [4]byte{0x52, 0xBF, 0x45, 0x85}, AIP: [2]byte{0x18}, ATC: 28, Tail: unhex(t, "06011203A0B800"),
	}
	got, err := tx.Data()
	same(t, v.Origin, got, err, v.Data)
	for name, change := range map[string]func(*cryptogram.Transaction){
		"thirteen digits": func(x *cryptogram.Transaction) { x.Amount = 1_000_000_000_000 },
		"a country":       func(x *cryptogram.Transaction) { x.Country = 1000 },
		"a currency":      func(x *cryptogram.Transaction) { x.Currency = 1000 },
		"no date":         func(x *cryptogram.Transaction) { x.Date = "" },
		"letters":         func(x *cryptogram.Transaction) { x.Date = "19110a" },
	} {
		bad := tx
		change(&bad)
		if _, err := bad.Data(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// DI-186 to DI-190: every step of the exchange, block by block.
func TestDI186To190TheStepsOfTheExchange(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "block") {
		secret, n := unhex(t, v.Key), 8
		one := cryptogram.Share{Suite: cryptogram.TDES, Own: secret[:n], K3: unhex(t, v.K3), K4: unhex(t, v.K4)}
		two := cryptogram.Share{Suite: cryptogram.TDES, Own: secret[n:], K3: one.K3, K4: one.K4}
		same(t, "whole", key(t, cryptogram.TDES, secret).OneBlock(unhex(t, v.X)), nil, v.Want)
		for variant, middle := range map[cryptogram.Variant]string{cryptogram.Plain: v.Plain, cryptogram.Protected: v.Protected} {
			p, s := pair(t, one, two, variant)
			first := p.FirstBlock(unhex(t, v.X))
			same(t, "C1", first, nil, v.C1)
			second, err := s.Answer(first)
			same(t, "C2, "+variant.String(), second, err, middle)
			final, err := p.Final(second)
			same(t, "C, "+variant.String(), final, err, v.Want)
		}
	}
}

func TestResponseOfTheIssuer(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "arpc2") {
		got, err := key(t, cryptogram.TDES, unhex(t, v.Session)).ResponseStatus(unhex(t, v.ARQC), [4]byte(unhex(t, v.CSU)), nil)
		same(t, v.Origin, got, err, v.Want)
	}
	// Method 1 by its definition: triple DES of the exclusive or.
	session, arqc := unhex(t, "436B942AD637E08564B532B0EC97CB26"), unhex(t, "7A788EA6B8A3E733")
	whole := key(t, cryptogram.TDES, session)
	got, err := whole.Response(arqc, [2]byte{'0', '0'})
	want := unhex(t, "7A788EA6B8A3E733")
	want[0], want[1] = want[0]^'0', want[1]^'0'
	same(t, "method 1", got, err, hex.EncodeToString(whole.OneBlock(want)))
	if _, err := whole.Response(arqc[1:], [2]byte{}); err == nil {
		t.Error("a short cryptogram was answered")
	}
	if _, err := key(t, cryptogram.AES, unhex(t, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")).Response(arqc, [2]byte{}); err == nil {
		t.Error("the suite aes answers by method 1")
	}
}

// FIPS 197, appendix C.1: a device's identifier of one block under the shared key.
func TestDI117KeyEncryptionKey(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "kek") {
		got, err := cryptogram.RawKEK(cryptogram.Patent, unhex(t, v.Shared), cryptogram.Single, cryptogram.Device{Kind: "serial", Value: unhex(t, v.Device)})
		same(t, v.Origin, got, err, v.Want)
	}
}
