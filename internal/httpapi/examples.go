package httpapi

import "time"

// Values of the examples in the document.
const (
	exampleID     = "zen999bvmy4en6rxh86c970hfc"
	exampleHandle = "Jb0sX1m6hQv3Zy8uT4rKc9aPw2LdEeGf7iNoUj5qBtHxRkVlYzMgOsCnAIWDFSp0"
)

// exampleTime is some minutes after a morning of which nothing else is known.
func exampleTime(minutes int) time.Time {
	return time.Date(2026, time.November, 2, 9, minutes, 0, 0, time.UTC)
}

func exampleGranted() Authentication {
	return Authentication{
		Authentication: exampleHandle, State: "granted", Accepted: true, Step: 1, Steps: 1, Policies: []string{},
		Factors: []string{"knowledge", "possession"}, PolicyVersion: 0, ExpiresAt: exampleTime(10),
	}
}

func exampleOpen() Authentication {
	return Authentication{
		Authentication: exampleHandle, State: "open", Step: 1, Steps: 1, Policies: []string{"secure-code"}, ExpiresAt: exampleTime(10),
	}
}
