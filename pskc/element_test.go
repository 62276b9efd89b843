package pskc_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/pskc"
)

func TestElementKeepsNamesAndTypes(t *testing.T) {
	t.Parallel()
	e, err := pskc.ParseElement([]byte(`<a:x xmlns:a="urn:a" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"> <!-- c --><b xmlns="urn:b" v="&lt;1&gt;" a:w="2" xsi:type="a:T"/><c>t<![CDATA[<]]>u</c> </a:x>`), 1000)
	if err != nil {
		t.Fatal(err)
	}
	want := &pskc.Element{Space: "urn:a", Name: "x", Children: []*pskc.Element{
		{Space: "urn:b", Name: "b", Attrs: []pskc.Attr{{Name: "v", Value: "<1>"}, {Space: "urn:a", Name: "w", Value: "2"}}, TypeSpace: "urn:a", TypeName: "T"},
		{Name: "c", Text: "t<u"},
	}}
	if d := cmp.Diff(want, e); d != "" {
		t.Error(d)
	}
	form := e.Format(map[string]string{"urn:a": "n1"})
	again, err := pskc.ParseElement(form, 1000)
	if err != nil || !cmp.Equal(e, again) || !bytes.Equal(again.Format(map[string]string{"urn:a": "n1"}), form) {
		t.Errorf("%v\n%s", err, form)
	}
}

func TestElementRefuses(t *testing.T) {
	t.Parallel()
	for want, bad := range map[error][]string{
		pskc.ErrXML:   {"<a>", "<a/><b/>", "<a>text<b/></a>", "<x:a/>", "<a x='1' x='2'/>", "<?php ?><a/>", "<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='q:T'/>"},
		pskc.ErrDTD:   {"<!DOCTYPE a><a/>"},
		pskc.ErrEmpty: {"", "  "},
		pskc.ErrLimit: {"<a>" + strings.Repeat(" ", 1000) + "</a>", strings.Repeat("<a>", 100)},
	} {
		for _, s := range bad {
			if _, err := pskc.ParseElement([]byte(s), 500); !errors.Is(err, want) {
				t.Errorf("%.40q: %v, want %v", s, err, want)
			}
		}
	}
}

func one(t *testing.T, o pskc.WriterOptions, r pskc.Options, secret []byte) (*pskc.KeyPackage, pskc.Container, error) {
	t.Helper()
	var b bytes.Buffer
	w, err := pskc.NewWriter(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	p := &pskc.KeyPackage{Key: pskc.Key{ID: "1", Algorithm: pskc.AlgorithmHOTP, Counter: pskc.Some(0), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6}, Secret: pskc.NewSecret(secret)}}
	if err := w.WritePackage(p); err != nil {
		return nil, pskc.Container{}, err
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	rd, err := pskc.NewReader(&b, r)
	if err != nil {
		return nil, pskc.Container{}, err
	}
	k, err := rd.Next()
	if err == nil {
		if _, err := rd.Next(); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	}
	return k, rd.Container(), err
}

// Public keys without certificate, by value and by name (RFC 6063, section 5.2.2).
func TestPublicKeyWithoutCertificate(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte("12345678901234567890")
	for _, legacy := range []bool{false, true} {
		for _, name := range []string{"", "device-1"} {
			o := pskc.WriterOptions{PublicKey: &key.PublicKey, KeyName: name, LegacyRSA15: legacy}
			k, head, err := one(t, o, pskc.Options{Recipient: key}, secret)
			if err != nil || !bytes.Equal(k.Key.Secret.Bytes(), secret) || head.Protection != pskc.PublicKey {
				t.Errorf("%q: %v %v", name, head.Protection, err)
			}
			if k, _, err := one(t, o, pskc.Options{Recipient: other}, secret); err == nil {
				t.Errorf("another key opened it: %v", k.Key.Secret.Len())
			}
			if _, _, err := one(t, o, pskc.Options{}, secret); !errors.Is(err, pskc.ErrNoKey) && !errors.Is(err, pskc.ErrAlgorithm) {
				t.Error(err)
			}
		}
	}
}

// Keys that both sides computed stand in a container without their secrets
// (RFC 6063, section 4.2.4).
func TestContainerWithoutSecrets(t *testing.T) {
	t.Parallel()
	none, secret := pskc.WriterOptions{NoSecrets: true}, []byte("12345678901234567890")
	if k, _, err := one(t, none, pskc.Options{NoSecrets: true}, nil); err != nil || k.Key.Secret.Len() != 0 {
		t.Error(err)
	}
	if _, _, err := one(t, none, pskc.Options{}, nil); !errors.Is(err, pskc.ErrInvalid) {
		t.Errorf("a key without secret was taken: %v", err)
	}
	if _, _, err := one(t, none, pskc.Options{NoSecrets: true}, secret); !errors.Is(err, pskc.ErrInvalid) {
		t.Errorf("a secret was written: %v", err)
	}
	if _, _, err := one(t, pskc.WriterOptions{InsecurePlain: true}, pskc.Options{NoSecrets: true}, secret); !errors.Is(err, pskc.ErrInvalid) {
		t.Errorf("a secret was taken: %v", err)
	}
}

func TestPasswordKeyLength(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 24, 32} {
		o := pskc.WriterOptions{Password: []byte("secret"), PasswordKeyLen: n, Iterations: 1000}
		if _, _, err := one(t, o, pskc.Options{Password: []byte("secret")}, []byte("12345678901234567890")); err != nil {
			t.Error(n, err)
		}
	}
	if _, err := pskc.NewWriter(io.Discard, pskc.WriterOptions{Password: []byte("secret"), PasswordKeyLen: 20}); err == nil {
		t.Error("a key of 20 octets was taken")
	}
}
