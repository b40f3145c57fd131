// Descriptors 0, 1 and 2 of a process that was started without them. Called first by both programs.
#pragma once

namespace pipit::net {

/// Opens what is closed of standard input, output and error, so that no socket gets its number:
/// what is meant for people would be written into it. Writing to the stand-in is an error.
void occupy_standard_streams();

}  // namespace pipit::net
