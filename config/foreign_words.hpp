// The words of other BGP implementations' configurations, and what is written here instead.
#pragma once

#include <string>
#include <string_view>

namespace pipit::config {

/// ": here that is \"asn\" of the neighbor" for the key "remote-as" of FRR; empty for a word that
/// nobody else has.
std::string foreign_key(std::string_view word);

}  // namespace pipit::config
