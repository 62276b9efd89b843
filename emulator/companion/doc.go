// Package companion has devices that people live with, which speak the real protocol: a phone or an access point that
// enrolls, asks for its plan, recognizes devices around it, and reports; and a watch with keys that says itself that it is there.
//
//	Device   keys, numbers and plan of one device, and how it reaches the server
//	Memory   all of it that survives a restart, as JSON
//
// A device keeps a number before it sends the message of that number, and sends the very same octets when no answer came
// ([Device.Again]). [Device.Reinstall] forgets the numbers and raises the epoch, as an application does that is
// installed anew; [Device.Clone] makes a copy, as malware with a backup would.
//
// It knows package envelope and package report, and nothing of the server.
package companion
