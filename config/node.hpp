// A YAML document as a tree whose every node knows its place in the file.
//
// Made by parse_yaml() out of untrusted text (the only place that sees yaml-cpp), merged by
// includes and groups, read by the field table.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"

namespace pipit::config {

struct Node;
/// Shared, so that inheriting a part of a group copies no text.
using NodeRef = std::shared_ptr<const Node>;

struct Entry {
  std::string key;
  Mark mark;  // of the key
  NodeRef value;
};

struct Node {
  enum class Kind : std::uint8_t { Null, Scalar, List, Map };
  Kind kind = Kind::Null;
  Mark mark;
  std::string text;            // Scalar
  bool quoted = false;         // Scalar: text, even if it looks like a number or a flag
  bool substituted = false;    // Scalar: not as it is written, but with what variables stand for
  std::vector<NodeRef> items;  // List
  std::vector<Entry> entries;  // Map, in the file's order, every key once

  const Entry* find(std::string_view key) const;

  /// nullptr also where there is no node to look into.
  static const Node* value_at(const Node* node, std::string_view key) {
    const Entry* entry = node == nullptr ? nullptr : node->find(key);
    return entry == nullptr ? nullptr : entry->value.get();
  }

  /// What stands here, for `expected ..., got ...`.
  std::string describe() const;
};

inline constexpr std::size_t kMaxFileSize = std::size_t{64} << 20;
/// Lists and mappings inside of one another, what aliases stand for included.
inline constexpr std::size_t kMaxDepth = 32;
inline constexpr std::size_t kMaxNodes = 2'000'000;
/// Nodes that aliases may stand for, all together: a document of nested aliases grows no further.
inline constexpr std::size_t kMaxAliasedNodes = 100'000;

/// Octets that values with variables may become, all together.
inline constexpr std::size_t kMaxSubstituted = std::size_t{4} << 20;

/// Parses one document. Errors go to the report; returns null when there is no tree to read.
/// `file` is the report's number of the file.
NodeRef parse_yaml(std::string_view text, std::uint32_t file, Report& report);

}  // namespace pipit::config
