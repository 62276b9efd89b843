package pskc_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// One test for each row of docs/conformance/rfc6030.md that reading alone can
// prove; the vectors in testdata/vectors hold the files and what they must give.

func TestP01_Version(t *testing.T) {
	check(t, "p01-version-missing", "p01-version-major", "p01-version-major-12", "p01-version-zeros",
		"p01-version-minor", "p01-version-form", "p01-version-sign")
}

func TestP02_EmptyContainerRefused(t *testing.T) { check(t, "p02-empty") }

func TestP03_IdAndAlgorithmMandatory(t *testing.T) {
	check(t, "p03-no-id", "p03-no-algorithm", "p03-no-key", "p03-two-keys")
}

func TestP03_UnknownAlgorithmReportedForItsRow(t *testing.T) {
	check(t, "p03-unknown-algorithm", "p03-securid", "p03-actividentity")
}

func TestP04_FriendlyNameLanguage(t *testing.T) { check(t, "p04-lang", "p04-lang-default") }

func TestP05_DataPlainAndEncrypted(t *testing.T) {
	check(t, "p05-plain", "p05-encrypted", "p05-neither")
}

func TestP06_PlainBesideEncryptedRefused(t *testing.T) { check(t, "p06-plain-and-encrypted") }

func TestP07_NumbersAreExact(t *testing.T) {
	check(t, "p07-numbers", "p07-counter-64", "p07-counter-negative", "p07-counter-float", "p07-counter-point",
		"p07-counter-hex", "p07-counter-empty", "p07-counter-blank", "p07-drift-range", "p07-interval-zero")
}

func TestP08_KeyValueEncodings(t *testing.T) { check(t, "p08-encodings", "p08-base64") }

func TestP09_ManufacturerPrefix(t *testing.T) { check(t, "p09-tolerant", "p09-strict") }

func TestP10_DeviceIdentification(t *testing.T) {
	check(t, "p10-device", "p10-serial-alone", "p10-no-device")
}

func TestP11_Dates(t *testing.T) {
	check(t, "p11-utc", "p11-offset", "p11-no-zone", "p11-leap")
}

func TestP12_CryptoModuleId(t *testing.T) { check(t, "p12-module", "p12-no-id") }

func TestP13_UserIdKept(t *testing.T) { check(t, "p13-user") }

func TestP14_AlgorithmParameters(t *testing.T) {
	check(t, "p14-ocra", "p14-ocra-uri", "p14-ocra-both", "p14-ocra-none", "p14-ocra-wrong", "p14-min-max",
		"p14-no-length", "p14-totp-suite", "p14-totp-suite-unknown")
}

func TestP15_Encodings(t *testing.T) { check(t, "p15-encodings", "p15-unknown") }

func TestP16_TwoAlgorithmParameters(t *testing.T) { check(t, "p16-two-children") }

func TestP17_CheckDigitBothSpellings(t *testing.T) {
	check(t, "p17-check-digit", "p17-check-digit-hex", "p17-check-digit-text")
}

func TestP18_KeyReference(t *testing.T) { check(t, "p18-reference", "p18-both") }

func TestP19_UnknownPolicyMakesKeyUnusable(t *testing.T) {
	check(t, "p19-unknown-element", "p19-other-namespace", "p19-unknown-usage", "p19-unknown-attribute",
		"p19-unknown-mode", "p19-unknown-date")
}

func TestP20_PolicyDates(t *testing.T)        { check(t, "p20-dates") }
func TestP21_PolicyTransactions(t *testing.T) { check(t, "p21-transactions") }
func TestP22_PolicyUsage(t *testing.T)        { check(t, "p22-usages", "p22-one-usage") }

func TestP23_PINPolicy(t *testing.T) {
	check(t, "p23-local", "p23-prepend", "p23-append", "p23-algorithmic")
}

func TestP24_SeveralKeysOfADevice(t *testing.T) { check(t, "p24-several-keys") }

func TestP25_OneAlgorithmForTheContainer(t *testing.T) { check(t, "p25-two-algorithms") }

func TestP26_IVInFront(t *testing.T) {
	check(t, "p26-aes128", "p26-aes192", "p26-aes256", "p26-3des", "p26-key-length", "p26-outside")
}

func TestP26_OtherCiphersRefusedByName(t *testing.T) {
	check(t, "p26-camellia128", "p26-camellia256", "p26-kw-camellia128", "p26-gcm")
}

func TestP27_KeyNameMandatory(t *testing.T) {
	check(t, "p27-no-name", "p27-no-encryption-key", "p27-key-not-given")
}

func TestP28_KeyWrap(t *testing.T) {
	check(t, "p28-rfc3394-128", "p28-rfc3394-256", "p28-rfc5649-20", "p28-rfc5649-7", "p28-rfc5649-uri",
		"p28-openssl", "p28-changed", "p28-mac")
}

func TestP29_MissingValueMACRefused(t *testing.T) {
	check(t, "p29-no-mac", "p29-no-mac-method", "p29-no-mac-insecure", "p29-no-method")
}

func TestP30_MACKey(t *testing.T) {
	check(t, "p30-mac-key", "p30-no-mac-key", "p30-encryption-key", "p30-reference", "p30-reference-missing", "p30-wrong-key")
}

func TestP31_MACOverCipherValueWithIV(t *testing.T) {
	check(t, "p31-changed-iv", "p31-without-iv", "p31-over-plaintext", "p31-truncated")
}

func TestP32_MACAlgorithms(t *testing.T) {
	check(t, "p32-sha1", "p32-sha224", "p32-sha256", "p32-sha384", "p32-sha512")
}

func TestP32_UnknownMACRefused(t *testing.T) { check(t, "p32-unknown", "p32-none") }

func TestP33_PBKDF2(t *testing.T) {
	check(t, "p33-uri-text", "p33-uri-example", "p33-no-length", "p33-wrong-password", "p33-no-password", "p33-kdf-unknown")
}

func TestP33_IterationsCapped(t *testing.T) {
	check(t, "p33-iterations", "p33-iterations-cap", "p33-iterations-zero")
}

func TestP34_PRFHonored(t *testing.T) {
	check(t, "p34-prf-sha1", "p34-prf-sha224", "p34-prf-sha256", "p34-prf-sha384", "p34-prf-sha512", "p34-prf-pkcs5",
		"p34-prf-unknown")
}

func TestP34_ChildrenInBothNamespaces(t *testing.T) { check(t, "p34-namespace", "p33-uri-text") }

func TestP35_RSA(t *testing.T) {
	check(t, "p35-rsa15", "p35-rsa15-figure8", "p35-oaep", "p35-oaep-sha256", "p35-oaep-changed", "p35-other-certificate",
		"p35-no-private-key", "p35-symmetric")
}

func TestP36_PaddingErrorsAreOne(t *testing.T) { check(t, "p36-padding", "p36-block") }

func TestP39_HOTPProfile(t *testing.T) {
	check(t, "p39-short", "p39-digits", "p39-hex", "p39-format", "p39-gaps", "p39-gaps-strict", "p39-algorithmic")
}

func TestP40_PINProfile(t *testing.T) { check(t, "p40-pin", "p40-pin-missing") }

func TestP41_DTDAndEntitiesRefused(t *testing.T) {
	check(t, "p41-xxe", "p41-laughs", "p41-dtd", "p41-entity", "p41-instruction", "p41-xinclude")
}

func TestP41_LimitsAndForm(t *testing.T) {
	check(t, "p41-deep", "p41-attributes", "p41-unbalanced", "p41-cut", "p41-two-roots", "p41-blank", "p41-latin1",
		"p41-root", "p41-namespace", "p41-prefix", "p41-cdata", "p41-extensions", "p41-late-key")
}

// Legacy variants: each is read with the option and, where it could be taken for
// RFC 6030, refused without.

func TestLegacy_DraftNamespacesAndNames(t *testing.T) {
	check(t, "legacy-draft", "legacy-draft-refused", "legacy-draft-changed", "legacy-secret-container", "legacy-lowercase")
}

func TestLegacy_GlobalIVAndPBESalt(t *testing.T) { check(t, "legacy-global-iv") }

func TestLegacy_AlgorithmURIs(t *testing.T) { check(t, "legacy-uri", "legacy-uri-refused") }

func TestLegacy_DerivedKeyNamespace(t *testing.T) {
	check(t, "legacy-derived-key", "legacy-derived-key-refused")
}

func TestLegacy_XMLEncryptionPadding(t *testing.T) {
	check(t, "legacy-padding", "legacy-padding-refused")
}

func TestLegacy_MACOverPlaintextAndNoMACKey(t *testing.T) {
	check(t, "legacy-mac-key", "legacy-mac-plaintext", "p31-over-plaintext", "p30-no-mac-key")
}

func TestLegacy_BigEndianCounter(t *testing.T) {
	check(t, "legacy-counter", "legacy-counter-refused")
}

func TestLegacy_Yubico(t *testing.T) { check(t, "legacy-yubico") }

// Bugs of other implementations.

func TestBug_FreeIPA10025_XXE(t *testing.T) { check(t, "p41-xxe", "p41-dtd") }

func TestBug_FreeIPA10031_StrippedValueMAC(t *testing.T) { check(t, "p29-no-mac", "p29-no-mac-method") }

func TestBug_FreeIPA884_PBKDF2ChildNamespace(t *testing.T) {
	check(t, "p34-namespace", "p33-uri-text")
}

func TestBug_FreeIPA_FallbackToSHA1(t *testing.T) {
	check(t, "p32-unknown", "p32-none", "p34-prf-unknown")
}
func TestBug_FreeIPA_PlainValuePreferred(t *testing.T) { check(t, "p06-plain-and-encrypted") }
func TestBug_PrivacyIDEA2312_MACNotVerified(t *testing.T) {
	check(t, "p31-changed-iv", "p31-truncated")
}

func TestBug_PrivacyIDEA943_CounterAndDriftIgnored(t *testing.T) {
	check(t, "p05-plain", "p05-encrypted")
}

func TestBug_PrivacyIDEA2257_HashInSuiteIgnored(t *testing.T) {
	check(t, "p14-totp-suite", "p14-totp-suite-unknown")
}

func TestBug_PrivacyIDEA_OnlyAES128AndHMACSHA1(t *testing.T) {
	check(t, "p26-aes256", "p26-3des", "p32-sha256")
}

func TestBug_PythonPSKC4_InvalidXMLAccepted(t *testing.T) {
	check(t, "p41-unbalanced", "p41-cut", "p41-two-roots", "p41-blank")
}

// TestVectorsAreAllUsed keeps a vector from lying around without a test.
func TestVectorsAreAllUsed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "vectors", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var used strings.Builder
	for _, src := range []string{"conformance_test.go", "csv_test.go"} {
		used.Write(readFile(t, "..", src))
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".txt"); !strings.Contains(used.String(), `"`+name+`"`) {
			t.Errorf("no test uses %s", f)
		}
	}
}
