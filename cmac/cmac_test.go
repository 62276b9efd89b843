package cmac_test

import (
	"crypto/aes"
	"crypto/des"
	"encoding/hex"
	"testing"

	"github.com/countersign-auth/countersign/cmac"
)

// RFC 4493, section 4, and NIST SP 800-38B, examples for AES-256.
func TestKnownAnswers(t *testing.T) {
	t.Parallel()
	message := unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
	for _, c := range []struct {
		key  string
		n    int
		want string
	}{
		{"2b7e151628aed2a6abf7158809cf4f3c", 0, "bb1d6929e95937287fa37d129b756746"},
		{"2b7e151628aed2a6abf7158809cf4f3c", 16, "070a16b46b4d4144f79bdd9dd04a287c"},
		{"2b7e151628aed2a6abf7158809cf4f3c", 40, "dfa66747de9ae63030ca32611497c827"},
		{"2b7e151628aed2a6abf7158809cf4f3c", 64, "51f0bebf7e3b9d92fc49741779363cfe"},
		{"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 0, "028962f61b7bf89efc6b551f4667d983"},
		{"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 40, "aaf3d8f1de5640c232f5b169b9c911e6"},
	} {
		block, err := aes.NewCipher(unhex(t, c.key))
		if err != nil {
			t.Fatal(err)
		}
		if got := cmac.Sum(block, message[:c.n]); hex.EncodeToString(got[:]) != c.want {
			t.Errorf("%d octets under %d: %x, want %s", c.n, len(c.key)/2, got, c.want)
		}
	}
}

func TestOtherCiphersAreRefused(t *testing.T) {
	t.Parallel()
	block, err := des.NewCipher(make([]byte, des.BlockSize))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("DES made a code")
		}
	}()
	cmac.Sum(block, nil)
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
