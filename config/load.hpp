// Reads a configuration: the file, what it includes, and every check there is.
//
// Called by the daemon at start, at reload and for `pipitd --check`. Pure but for reading files.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/diagnostics.hpp"
#include "config/purpose.hpp"

namespace pipit::config {

struct Loaded {
  Config config;
  Diagnostics warnings;
  std::size_t octets = 0;  // of the texts of all files
};

/// Reads the file at `path`. Either everything is right, or all errors come back (with the
/// warnings among them). Never throws; that memory does not suffice is an error, too.
std::expected<Loaded, Diagnostics> load(const std::string& path, Purpose purpose = Purpose::Check);

/// The same for a text as if it stood in the file `name`; includes and password files are sought
/// beside that.
std::expected<Loaded, Diagnostics> load_text(std::string_view text,
                                             const std::string& name,
                                             Purpose purpose = Purpose::Check);

}  // namespace pipit::config
