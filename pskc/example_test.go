package pskc_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/countersign-auth/countersign/pskc"
)

// A file is written under a pre-shared key and read back, row by row; a row that
// cannot be used does not stop the others.
func Example() {
	key := []byte("0123456789abcdef") // agreed with the recipient, never sent with the file
	var file bytes.Buffer
	w, err := pskc.NewWriter(&file, pskc.WriterOptions{Key: key, KeyName: "transport key 7"})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = w.WritePackage(&pskc.KeyPackage{
		Device: pskc.Device{Manufacturer: "oath.EX", SerialNo: "4711"},
		Key: pskc.Key{
			ID: "K4711", Algorithm: pskc.AlgorithmTOTP, Hash: pskc.SHA256,
			Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
			Secret:   pskc.NewSecret([]byte("12345678901234567890")), Interval: pskc.Some(30),
		},
	})
	if err := errors.Join(err, w.Close()); err != nil {
		fmt.Println(err)
		return
	}

	rows, format, err := pskc.Open(&file, pskc.Options{Key: key})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(format)
	for {
		p, err := rows.Next()
		var bad *pskc.RowError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &bad):
			fmt.Printf("row %d refused: %s\n", bad.Row, bad.Reason())
		case err != nil:
			fmt.Println(err)
			return
		default:
			fmt.Println(p.Device.SerialNo, p.Key.Profile, p.Key.Hash, p.Key.Interval.Or(30), p.Key.Secret)
		}
	}
	// Output:
	// PSKC
	// 4711 totp SHA256 30 [redacted]
}
