package ota

// InsecureOpenShort is Open for a packet whose AES-CMAC has four octets instead of eight, as some cards
// are set up (TS 102 225, section 5.1.3). It is for diagnosis: four octets can be guessed by whoever may send as many
// messages as they like, so nothing that it returns is proof of anything. Errors: *Error, also for a packet of any other protection.
func (p CommandPacket) InsecureOpenShort(k Keys) (Command, error) {
	e := p.envelope(k, p.raw[:commandHead])
	e.short = true
	o, err := e.open(p.headLength, p.raw[commandHead:])
	if err != nil {
		return Command{}, err
	}
	return Command{Security: p.Security, TAR: p.TAR, Counter: o.counter, Data: o.data}, nil
}

// InsecureOpenShort is Open for an answer whose AES-CMAC has four octets, for diagnosis: see that of
// CommandPacket. Errors: *Error.
func (p ResponsePacket) InsecureOpenShort(s Security, k Keys) (Response, error) {
	e, err := s.answer(k, p.raw[:responseHead])
	if err != nil {
		return Response{}, err
	}
	e.short = true
	o, err := e.open(p.headLength, p.raw[responseHead:])
	if err != nil {
		return Response{}, err
	}
	return Response{TAR: p.TAR, Counter: o.counter, Status: Status(o.extra[0]), Data: o.data}, nil
}
