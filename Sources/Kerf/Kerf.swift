/// The public face of the toolkit: one import for those who use Kerf as a library.
@_exported public import KerfCompression
@_exported public import KerfData
@_exported public import KerfDecomposition
@_exported public import KerfEngine
@_exported public import KerfGraph
@_exported public import KerfONNX
@_exported public import KerfReport
