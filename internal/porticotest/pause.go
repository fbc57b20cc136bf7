package porticotest

import "time"

// Pause waits for a moment before another program is asked again. Without it, a
// test that polls takes a core from the program that it waits for.
func Pause() { <-time.After(20 * time.Millisecond) }
