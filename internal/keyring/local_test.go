package keyring_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
)

func TestKeyFileHoldsAKeyThatSurvives(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	made, err := keyring.CreateFile(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := made.Wrap(t.Context(), []byte("material"))
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := keyring.LoadFile(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	got, err := loaded.Unwrap(t.Context(), wrapped)
	if err != nil || string(got) != "material" || loaded.ID() != made.ID() {
		t.Errorf("unwrapped %q, %v; ids %s and %s", got, err, loaded.ID(), made.ID())
	}
	if _, err := keyring.CreateFile(path, rand.Reader); !fault.Is(err, "keyring.file_exists") {
		t.Errorf("a second CreateFile gave %v", err)
	}
}

func TestKeyFileIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	if _, err := keyring.CreateFile(path, rand.Reader); err != nil {
		t.Fatal(err)
	}
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o660: false, 0o644: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := keyring.LoadFile(path, rand.Reader)
		if ok && err != nil {
			t.Errorf("mode %o: %v", mode, err)
		}
		if !ok && (!fault.Is(err, "keyring.file_mode") || !strings.Contains(err.Error(), "chmod 600")) {
			t.Errorf("mode %o: %v; want advice to chmod", mode, err)
		}
	}
}

func TestMissingKeyFileTellsWhatToDo(t *testing.T) {
	t.Parallel()
	_, err := keyring.LoadFile(filepath.Join(t.TempDir(), "none"), rand.Reader)
	f := fault.From(err)
	if f.Code != "keyring.no_file" || !strings.Contains(f.Detail, "keys init") || !strings.Contains(f.Detail, "safe copy") {
		t.Errorf("got %s: %s", f.Code, f.Detail)
	}
}

func TestDamagedKeyFileIsRefusedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	if _, err := keyring.CreateFile(path, rand.Reader); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSpace(string(good[bytes.Index(good, []byte("\nkey "))+1:]))
	secret := strings.Fields(line)[2]
	slip := []byte(secret)
	slip[3] ^= 1 // another letter of the alphabet, or none of it: both must be refused
	for name, text := range map[string]string{
		"empty":         "",
		"no header":     line,
		"other version": "countersign-keys v2\n" + line,
		"no key":        "countersign-keys v1\n",
		"slip":          strings.ReplaceAll(string(good), secret, string(slip)),
		"short":         strings.ReplaceAll(string(good), secret, secret[:40]),
		"extra word":    strings.ReplaceAll(string(good), secret, secret+" x"),
		"zero key":      "countersign-keys v1\nkey 000000000000 " + base64.StdEncoding.EncodeToString(make([]byte, 32)),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := keyring.LoadFile(path, rand.Reader)
		if !fault.Is(err, "keyring.file_form") {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), secret[:12]) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
}

func TestKeyFileRotates(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	first, err := keyring.CreateFile(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	old, err := first.Wrap(t.Context(), []byte("old"))
	if err != nil {
		t.Fatal(err)
	}
	both, err := keyring.AddToFile(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := both.Unwrap(t.Context(), old); err != nil || string(got) != "old" || both.ID() == first.ID() {
		t.Errorf("after AddToFile: %q, %v, id %s", got, err, both.ID())
	}
	trimmed, err := keyring.TrimFile(path, rand.Reader)
	if err != nil || trimmed.ID() != both.ID() {
		t.Fatalf("TrimFile: %v, %v", trimmed, err)
	}
	_, err = trimmed.Unwrap(t.Context(), old)
	if f := fault.From(err); f.Code != "keyring.kek_unknown" || !strings.Contains(f.Detail, first.ID()) || !strings.Contains(f.Detail, trimmed.ID()) {
		t.Errorf("a missing key gave %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the replaced file: %v, %v", info.Mode(), err)
	}
}

func TestEnvironmentValue(t *testing.T) {
	t.Parallel()
	a, b := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32)), base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{2}, 32))
	one, err := keyring.ParseEnv(a, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	two, err := keyring.ParseEnv(b+", "+a, rand.Reader)
	if err != nil || len(two.IDs()) != 2 || two.IDs()[1] != one.ID() {
		t.Errorf("two keys: %v, %v", two, err)
	}
	for _, bad := range []string{"", "x", a + ",", a[:43], strings.ReplaceAll(a, "=", ""), a + a} {
		if _, err := keyring.ParseEnv(bad, rand.Reader); !fault.Is(err, "keyring.env_form") {
			t.Errorf("ParseEnv(%q): %v", bad, err)
		}
	}
}

func TestUnwrapRefusesTampering(t *testing.T) {
	t.Parallel()
	l, err := keyring.NewLocal(rand.Reader, keyring.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := l.Wrap(t.Context(), []byte("material"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range wrapped {
		bad := bytes.Clone(wrapped)
		bad[i] ^= 0x40
		if got, err := l.Unwrap(t.Context(), bad); err == nil {
			t.Errorf("byte %d changed, and it opened as %q", i, got)
		}
	}
	for n := range wrapped {
		if _, err := l.Unwrap(t.Context(), wrapped[:n]); err == nil {
			t.Errorf("the first %d bytes opened", n)
		}
	}
}

func TestSecretsHideThemselves(t *testing.T) {
	t.Parallel()
	const tell = "hunter2hunter2hunter2hunter2hunt"
	s, k := keyring.Secret(tell), keyring.Key([]byte(tell))
	type holder struct {
		S keyring.Secret
		K keyring.Key
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, s, k, holder{s, k})
	}
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("x", slog.Any("s", s), slog.Any("k", k), slog.Any("h", holder{s, k}))
	b, err := json.Marshal(holder{s, k})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	text := out.String()
	for _, leak := range []string{tell, fmt.Sprintf("%x", tell), fmt.Sprintf("%X", tell), base64.StdEncoding.EncodeToString([]byte(tell)), "104 117 110", "0x68"} {
		if strings.Contains(text, leak) {
			t.Errorf("%q is in the output", leak)
		}
	}
	if strings.Count(text, "[redacted]") < 30 {
		t.Errorf("the output is not what this test looks for: %s", text)
	}
}

func FuzzKeyFile(f *testing.F) {
	f.Add("countersign-keys v1\nkey 0123456789ab AAAA\n")
	dir := f.TempDir()
	path := filepath.Join(dir, "seed")
	if _, err := keyring.CreateFile(path, rand.Reader); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(good))
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := keyring.LoadFile(path, rand.Reader)
		if (l == nil) == (err == nil) {
			t.Errorf("got %v and %v", l, err)
		}
	})
}
