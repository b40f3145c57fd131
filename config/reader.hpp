// What is carried along while a tree is read: where errors go, and which names were used.
#pragma once

#include <cstdint>
#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "config/purpose.hpp"
#include "config/shape.hpp"

namespace pipit::config {

/// What a name stands for.
enum class NameKind : std::uint8_t {
  Group,
  Policy,
  PrefixSet,
  CommunitySet,
  AsNumberSet,
  AsPathSet,
  NeighborSet,
  Neighbor,
  PrefixOriginSet,
};

/// "policy", "prefix set".
std::string_view to_string(NameKind kind);

class Reader {
 public:
  /// `root` is the whole tree: the names that it declares are those that may be referred to.
  Reader(Report& report, const Node& root, Purpose purpose);

  Report& report() { return report_; }

  void error(const Mark& at, std::string message) { report_.error(at, std::move(message)); }

  /// "expected ..., got ..." and a hint if there is one.
  void unexpected(const Node& node, std::string_view expected, std::string_view hint = {});

  /// Checks that a name that stands at `at` is declared somewhere in the files.
  bool refer(NameKind kind, const std::string& name, const Mark& at);

  /// True when such a name is declared somewhere in the files.
  bool declared(NameKind kind, const std::string& name) const;

  /// Checks what every declared name must fulfil: letters, digits and "._-", not reserved.
  bool declare(std::string_view what, const std::string& name, const Mark& at);

  /// Reads the mapping's keys against the fields of a section: unknown, missing and planned keys
  /// are reported. Returns false when the node is no mapping or an empty one.
  bool check_keys(const Node& node, const Shape& section);

  /// A password out of a file, relative to the configuration file that names it; else why there is
  /// none, which is an error or a warning as the purpose has it.
  std::expected<std::string, std::string> read_secret(const Node& path);

  /// A path relative to the file where it stands, as this process opens it.
  std::string path_beside(const Node& path) const;

  /// A path as the main configuration file would have to give it.
  std::string path_from_main_file(const Node& path) const;

 private:
  Report& report_;
  Purpose purpose_;
  std::vector<std::vector<std::string>> names_;  // declared, by NameKind
  std::vector<std::set<std::string>> known_;     // the same, for lookup
};

}  // namespace pipit::config
