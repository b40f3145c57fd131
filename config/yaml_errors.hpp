// What yaml-cpp cannot read, said in our words and where the mistake is rather than where it
// showed.
//
// Used by parse_yaml() alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace YAML {
class Exception;
}  // namespace YAML

namespace pipit::config {

/// How far a document was understood when its reading failed.
struct YamlProgress {
  std::string_view text;
  std::size_t understood = 0;  // octets up to the last value, itself left out
  /// Lines where the innermost list and mapping that are still open began.
  std::optional<std::size_t> list_line;
  std::optional<std::size_t> mapping_line;
};

struct YamlFault {
  std::size_t line = 0;  // from 1; 0: the file as a whole
  std::size_t column = 0;
  std::string message;
};

YamlFault explain(const YAML::Exception& error, const YamlProgress& progress);

}  // namespace pipit::config
