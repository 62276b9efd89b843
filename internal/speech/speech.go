package speech

import "golang.org/x/text/language"

// German reports whether somebody with a locale such as "de-AT" is spoken to in German.
func German(locale string) bool {
	tag, err := language.Parse(locale)
	base, _ := tag.Base()
	return err == nil && base.String() == "de"
}
