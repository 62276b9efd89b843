package oath_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/oath"
)

// TestQuestionVectors drives testdata/questions.txt: the encoding of questions
// (RFC 6287, section 5.1 and appendix A), and those that are refused.
func TestQuestionVectors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t, "questions.txt", 89) {
		v.run(t, func(t *testing.T, v *vector) {
			suite := must(oath.ParseSuite(v.str("suite")))(t)
			qs := []string{v.text("question")}
			if v.has("second") {
				qs = append(qs, v.text("second"))
			}
			got, err := suite.EncodeQuestion(qs...)
			if v.str("expect") == "ok" {
				want := make([]byte, 128)
				copy(want, v.hex("encoded"))
				if err != nil || !bytes.Equal(got[:], want) {
					t.Errorf("EncodeQuestion = %s, %v", hex.EncodeToString(got[:]), err)
				}
				return
			}
			checkQuestionError(t, v, err)
			if _, err := must(oath.NewOCRA(suite, rfcKey))(t).Code(oath.Input{Question: qs[0]}); err == nil && len(qs) == 1 {
				t.Error("Code accepted the question")
			}
		})
	}
}

func checkQuestionError(t *testing.T, v *vector, err error) {
	t.Helper()
	var e *oath.QuestionError
	if !errors.As(err, &e) {
		t.Fatalf("%v, want a *QuestionError", err)
	}
	switch v.str("expect") {
	case "length":
		if e.At != 0 || e.Len != int(v.num("length")) {
			t.Errorf("the error is %v", err)
		}
	case "character":
		if e.At != int(v.num("at")) {
			t.Errorf("the error is %v", err)
		}
	default:
		t.Errorf("unknown expectation %q", v.str("expect"))
	}
	if q := v.text("question"); len(q) > 3 && strings.Contains(err.Error(), q) {
		t.Errorf("the error %q repeats the question", err)
	}
}

// TestQuestionNumberValue checks that a number hashes as its value: zeros on
// the left change nothing, so a short number can be filled up to MinQuestion.
func TestQuestionNumberValue(t *testing.T) {
	t.Parallel()
	suite := must(oath.ParseSuite("OCRA-1:HOTP-SHA1-4:QN64"))(t)
	o := must(oath.NewOCRA(suite, rfcKey))(t)
	want := must(o.Code(oath.Input{Question: "4711"}))(t)
	for n := range 61 {
		if got := must(o.Code(oath.Input{Question: strings.Repeat("0", n) + "4711"}))(t); got != want {
			t.Errorf("%d zeros before 4711 change the response", n)
		}
	}
	if got := must(o.Code(oath.Input{Question: "47110"}))(t); got == want {
		t.Error("a zero behind 4711 does not change the response")
	}
}

// TestMinQuestion checks RFC 6287, section 8.2, IC4.
func TestMinQuestion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"OCRA-1:HOTP-SHA1-6:QN08": 6, "OCRA-1:HOTP-SHA1-8:QN08": 8, "OCRA-1:HOTP-SHA1-10:QN08": 8,
		"OCRA-1:HOTP-SHA1-4:QN64": 4, "OCRA-1:HOTP-SHA1-0:QN64": 4, "OCRA-1:HOTP-SHA1-0:QN04": 4,
	} {
		if got := must(oath.ParseSuite(text))(t).MinQuestion(); got != want {
			t.Errorf("%s: MinQuestion = %d, want %d", text, got, want)
		}
	}
}
