package applet

// ControlDigits is the last step of Control, for the known answers of others.
var ControlDigits = controlDigits
