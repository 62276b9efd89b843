-- The stock by state and model: to be counted without reading the rows, and to
-- be listed by serial number.
CREATE INDEX device_stock ON device (kind, status, model, serial, manufacturer);
