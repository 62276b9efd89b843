package rig

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/pskc"
)

// TokenFile is an encrypted PSKC file.
type TokenFile struct {
	Path, KeyFile string
	N             int
}

// TokenFile writes n tokens as a manufacturer would: AES-128-CBC under a
// pre-shared key, each value with an HMAC-SHA256.
func (r *Rig) TokenFile(n int) (f TokenFile, err error) {
	f = TokenFile{r.Path("tokens.xml"), r.Path("transport.key"), n}
	key := make([]byte, 16)
	if _, err := rand.Read(key); err != nil {
		return f, err
	}
	if err := os.WriteFile(f.KeyFile, []byte(hex.EncodeToString(key)), 0o600); err != nil {
		return f, err
	}
	out, err := os.Create(f.Path)
	if err != nil {
		return f, err
	}
	return f, errors.Join(writeTokens(out, key, n), out.Close())
}

func writeTokens(out io.Writer, key []byte, n int) error {
	buffered := bufio.NewWriterSize(out, 1<<20)
	w, err := pskc.NewWriter(buffered, pskc.WriterOptions{Key: key, KeyName: "transport"})
	if err != nil {
		return err
	}
	for i := range n {
		p := pskc.KeyPackage{
			Device: pskc.Device{Manufacturer: "oath.ALDR", SerialNo: serial(i), Model: "b100"},
			Key: pskc.Key{
				ID: "key-" + strconv.Itoa(i), Algorithm: "urn:ietf:params:xml:ns:keyprov:pskc:hotp", Profile: pskc.ProfileHOTP, Secret: pskc.NewSecret(seed(i)), Counter: pskc.Some(0),
				Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
			},
		}
		if err := w.WritePackage(&p); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), buffered.Flush())
}

func serial(i int) string { return fmt.Sprintf("BENCH%09d", i) }

// Words that make a child one half of what an import must do.
const (
	parseWord  = "parse"
	insertWord = "insert"
)

// parse reads a token file to its end and does nothing with it.
func parse(name, keyFile string) error {
	b, err := os.ReadFile(filepath.Clean(keyFile))
	if err != nil {
		return err
	}
	key, err := hex.DecodeString(string(b))
	if err != nil {
		return err
	}
	f, err := os.Open(filepath.Clean(name))
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	src, _, err := pskc.Open(f, pskc.Options{Key: key})
	if err != nil {
		return err
	}
	for {
		if _, err := src.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// sealedLength is how long a sealed seed of 20 bytes is.
const sealedLength = 53

// insertBatch is how many rows the import writes in one transaction.
const insertBatch = 1000

// bareInsert stores the rows that an import of n tokens leaves, with seeds that
// are sealed already: random bytes of their length.
func bareInsert(ctx context.Context, c db.Config, n int) error {
	d, err := db.Open(ctx, c)
	if err != nil {
		return err
	}
	for from := 0; from < n && err == nil; from += insertBatch {
		err = d.Write(ctx, func(tx *db.Tx) error { return insertStock(tx, from, min(from+insertBatch, n)) })
	}
	return errors.Join(err, d.Close())
}

// insertStockKey is the statement of an import.
const insertStockKey = `INSERT INTO token_key (device, key_id, usage, algorithm, suite, hash, digits, step, epoch, next_value, drift, proven, resync_first,
	seed, pin_mode, pin_min, pin_hash, pin_sealed, uses, max_uses, starts_at, expires_at, used_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
	ON CONFLICT (device, key_id) DO NOTHING`

func insertStock(tx *db.Tx, from, to int) error {
	sealed := make([]byte, sealedLength*(to-from))
	if _, err := rand.Read(sealed); err != nil {
		return err
	}
	var devices, keys [][]any
	for i := from; i < to; i++ {
		d := device.Device{
			ID: ident.New(tx.Now, rand.Reader), Kind: device.Token, Manufacturer: "oath.ALDR", Serial: serial(i), Model: "b100",
			Status: device.Stock, Created: tx.Now,
		}
		seed := sealed[(i-from)*sealedLength:][:sealedLength]
		devices = append(devices, d.Row())
		keys = append(keys, []any{
			d.ID, "key-" + strconv.Itoa(i), "code", "hotp", "", "sha1", 6, 0, 0, 0, 0, false, false,
			seed, "", 0, nil, nil, 0, nil, nil, nil, nil,
		})
	}
	if _, err := tx.Many(device.InsertSQL, devices); err != nil {
		return err
	}
	_, err := tx.Many(insertStockKey, keys)
	return err
}
