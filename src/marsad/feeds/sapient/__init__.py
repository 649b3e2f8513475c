"""SAPIENT (BSI Flex 335 v2.0, NATO STANREC 4869): Marsad as a fusion node.

framing      length-prefixed messages in and out of a byte stream
wire         the generated protobuf classes, and the envelope
validate     the standard's rules, each with its identifier
units        a node's Registration as the key to the bare numbers it sends
session      what is known of each node, and what it may say in its state
quick        the same rules by hand, for the usual detection
decode       DetectionReport to Detection
reply        what a fusion node answers
feed         all of it as a feed
edge         a sensor's own words, for the simulator, for playback and for tests
task         the few tasks an observer may send
"""
