// Package spreadsheet owns what spreadsheet programs do to CSV files: the
// separators, line ends and encodings in which they save them, the empty rows
// that they leave, and cells that they would calculate.
//
// It does not own what the columns mean.
package spreadsheet
