package evidence

import (
	"context"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/internal/fault"
)

// TypePicture is the typ of a picture (RFC 7515, section 4.1.9): no assertion can stand for one,
// nor one for an assertion.
const TypePicture = "token-picture+jwt"

// maxPicture bounds what a picture says, in bytes: a QR code holds less than 3 kB.
const maxPicture = 2000

// Picture signs what a page shows as a QR code to a mobile token, as a compact JWS with the header
// alg ES256, kid and typ TypePicture. Tokens verify it with the published keys, also while they are
// offline; a key is published long before it signs (Lead). Faults: "evidence.picture" (Invalid: the
// content is too long), "evidence.no_key" (Unavailable).
func (i *Issuer) Picture(ctx context.Context, content []byte) (string, error) {
	if len(content) > maxPicture {
		return "", fault.Invalidf("evidence.picture", "This is too much for a picture. Use another method, or fewer payments at once.")
	}
	v, err := i.keys(ctx)
	if err != nil {
		return "", err
	}
	k := v.active(i.Now())
	if k.pictures == nil {
		return "", fault.Unavailablef(errors.New("the active key's private part is destroyed: does the node's clock go wrong?"), "evidence.no_key", "No picture can be signed now. Please try again later.")
	}
	jws, err := k.pictures.Sign(content)
	if err != nil {
		return "", fmt.Errorf("evidence: sign a picture: %w", err)
	}
	return jws.CompactSerialize()
}
