package simcard

import "fmt"

// word is one of the card's own words, in English and German.
type word struct{ en, de string }

func (w word) in(language string) string {
	if language == "de" {
		return w.de
	}
	return w.en
}

// of fills a number in.
func (w word) of(language string, n int) string { return fmt.Sprintf(w.in(language), n) }

// The words. PIN 1 is that of authentication, PIN 2 that of signing.
//
//nolint:gochecknoglobals // a table that nobody writes
var (
	wordAuthenticate = word{"Log in?", "Anmelden?"}
	wordSign         = word{"Sign?", "Unterschreiben?"}
	wordGenerate     = word{"Make key %d?", "Schlüssel %d erzeugen?"}
	wordUnblock      = word{"Unblock PIN %d?", "PIN %d entsperren?"}
	wordMessage      = word{"Message", "Mitteilung"}
	wordChoose       = word{"Which code does the service show?", "Welchen Code zeigt der Dienst?"}
	wordControl      = word{"Type the code that the service shows", "Code eingeben, den der Dienst zeigt"}
	wordPIN          = word{"PIN %d", "PIN %d"}
	wordNewPIN       = word{"Choose PIN %d", "PIN %d wählen"}
	wordRepeat       = word{"PIN %d once more", "PIN %d wiederholen"}
	wordPUK          = word{"PUK", "PUK"}

	wordDiffer       = word{"That was another PIN. Choose one again.", "Das war eine andere PIN. Bitte neu wählen."}
	wordWrongPIN     = word{"Wrong PIN. Tries left: %d", "Falsche PIN. Versuche übrig: %d"}
	wordWrongPUK     = word{"Wrong PUK. Tries left: %d", "Falsche PUK. Versuche übrig: %d"}
	wordSigned       = word{"Signed.", "Unterschrieben."}
	wordGenerated    = word{"The key is made.", "Der Schlüssel ist erzeugt."}
	wordUnblocked    = word{"The PIN is unblocked.", "Die PIN ist entsperrt."}
	wordRead         = word{"Read.", "Gelesen."}
	wordCancelled    = word{"Canceled.", "Abgebrochen."}
	wordPostponed    = word{"Later, then.", "Später also."}
	wordReported     = word{"Reported: you did not start this.", "Gemeldet: das waren nicht Sie."}
	wordTimedOut     = word{"The time is over.", "Die Zeit ist um."}
	wordWithdrawn    = word{"The service has withdrawn its request.", "Der Dienst hat die Anfrage zurückgezogen."}
	wordWrongControl = word{"Another code. Nothing was signed.", "Ein anderer Code. Nichts wurde unterschrieben."}
	wordPINBlocked   = word{"The PIN is blocked.", "Die PIN ist gesperrt."}
	wordPUKBlocked   = word{"The PUK is blocked.", "Die PUK ist gesperrt."}
)
