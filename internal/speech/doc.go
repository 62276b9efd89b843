// Package speech says in which of the product's languages a customer is spoken to where there
// is no page: in text messages, on phones and on SIM cards.
//
// There are two, English and German. A tag (RFC 5646) is of a language whatever its region or
// script; English is for all languages that are not known, and for what is no tag. Pages have
// their texts in files, and negotiate with the browser (package ui).
package speech
