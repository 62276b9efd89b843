package config

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// set reads one value, or the elements of a list, into the field. The error says
// what form was expected and never repeats a secret.
func (e entry) set(texts ...string) error {
	if list, ok := e.value.(*[]netip.Prefix); ok {
		return setPrefixes(list, texts)
	}
	if len(texts) != 1 {
		return errors.New("one value is expected, not a list")
	}
	switch p := e.value.(type) {
	case *string:
		if err := e.checkChoice(texts[0]); err != nil {
			return err
		}
		*p = texts[0]
		return nil
	case *Secret:
		*p = Secret(texts[0])
		return nil
	case *bool:
		return e.setBool(p, texts[0])
	case *int:
		return bounded(e, p, texts[0], strconv.Atoi, "a whole number is expected")
	case *time.Duration:
		return bounded(e, p, texts[0], time.ParseDuration, "a time with its unit is expected, such as 500ms, 30s or 2m")
	case *Size:
		return bounded(e, p, texts[0], ParseSize, "a size is expected, such as 512KiB, 1MiB or 2GiB")
	}
	return fmt.Errorf("keys of type %T cannot be read", e.value)
}

func (e entry) setBool(p *bool, text string) error {
	if text != "true" && text != "false" {
		return fmt.Errorf("true or false is expected, not %s", quote(text))
	}
	*p = text == "true"
	return nil
}

func (e entry) checkChoice(text string) error {
	if len(e.oneof) > 0 && !slices.Contains(e.oneof, text) {
		return fmt.Errorf("%s is expected, not %s", strings.Join(e.oneof, ", "), quote(text))
	}
	return nil
}

// bounded reads a number of some kind and checks the limits in the tags.
func bounded[T int | time.Duration | Size](e entry, p *T, text string, parse func(string) (T, error), want string) error {
	n, err := parse(text)
	if err != nil {
		return fmt.Errorf("%s, not %s", want, quote(text))
	}
	if err := within(e, n, parse); err != nil {
		return err
	}
	*p = n
	return nil
}

func within[T int | time.Duration | Size](e entry, n T, parse func(string) (T, error)) error {
	if e.min == "" {
		return nil
	}
	least, err := parse(e.min)
	most, err2 := parse(e.max)
	if err := errors.Join(err, err2); err != nil {
		return fmt.Errorf("the limits of the key are wrong: %w", err)
	}
	if n < least || n > most {
		return fmt.Errorf("%v is not between %s and %s", n, e.min, e.max)
	}
	return nil
}

// check looks at a value that is already in the field, for a Config that was
// filled by a program.
func (e entry) check() error {
	switch p := e.value.(type) {
	case *string:
		return e.checkChoice(*p)
	case *int:
		return within(e, *p, strconv.Atoi)
	case *time.Duration:
		return within(e, *p, time.ParseDuration)
	case *Size:
		return within(e, *p, ParseSize)
	}
	return nil
}

// empty reports whether nothing was said for the key.
func (e entry) empty() bool {
	switch p := e.value.(type) {
	case *string:
		return *p == ""
	case *Secret:
		return *p == ""
	}
	return false
}

func setPrefixes(list *[]netip.Prefix, texts []string) error {
	*list = nil
	for _, text := range texts {
		p, err := parsePrefix(text)
		if err != nil {
			return fmt.Errorf("a network such as 10.0.0.0/8 or an address is expected, not %s", quote(text))
		}
		*list = append(*list, p)
	}
	return nil
}

// parsePrefix reads a network, or an address as a network of one.
func parsePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

// quote shows a wrong value, cut to what fits in a line.
func quote(text string) string {
	const most = 60
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strconv.Quote(text)
}
