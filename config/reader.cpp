#include "config/reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "config/files.hpp"
#include "config/foreign_words.hpp"
#include "config/suggest.hpp"
#include "net/log.hpp"
#include "policy/policy.hpp"

namespace pipit::config {
namespace {

constexpr std::size_t kNameKinds = 9;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestPassword = 80;  // TCP_MD5SIG_MAXKEYLEN

std::vector<std::string> keys_of(const Node* node) {
  std::vector<std::string> keys;
  if (node != nullptr) {
    for (const Entry& entry : node->entries) {
      keys.push_back(entry.key);
    }
  }
  return keys;
}

}  // namespace

std::string_view to_string(NameKind kind) {
  constexpr std::array<std::string_view, kNameKinds> kNames{"group",
                                                            "policy",
                                                            "prefix set",
                                                            "community set",
                                                            "set of AS numbers",
                                                            "set of as-paths",
                                                            "set of neighbors",
                                                            "neighbor",
                                                            "set of prefix origins"};
  return kNames[static_cast<std::size_t>(kind)];
}

Reader::Reader(Report& report, const Node& root, Purpose purpose)
    : report_(report), purpose_(purpose) {
  const Node* sets = Node::value_at(&root, "sets");
  names_ = {
      keys_of(Node::value_at(&root, "groups")),       keys_of(Node::value_at(&root, "policies")),
      keys_of(Node::value_at(sets, "prefixes")),      keys_of(Node::value_at(sets, "communities")),
      keys_of(Node::value_at(sets, "as-numbers")),    keys_of(Node::value_at(sets, "as-paths")),
      keys_of(Node::value_at(sets, "neighbors")),     keys_of(Node::value_at(&root, "neighbors")),
      keys_of(Node::value_at(sets, "prefix-origins"))};
  auto& policies = names_[static_cast<std::size_t>(NameKind::Policy)];
  const std::vector<std::string>& built_in = policy::built_in_policies();
  policies.insert(policies.end(), built_in.begin(), built_in.end());
  for (const auto& names : names_) {
    known_.emplace_back(names.begin(), names.end());
  }
}

void Reader::unexpected(const Node& node, std::string_view expected, std::string_view hint) {
  error(node.mark, fmt::format("expected {}, got {}{}", expected, node.describe(), hint));
}

bool Reader::refer(NameKind kind, const std::string& name, const Mark& at) {
  const auto index = static_cast<std::size_t>(kind);
  if (known_[index].contains(name)) {
    return true;
  }
  const std::string hint = report_.full() ? "" : did_you_mean(name, names_[index]);
  error(at, fmt::format("there is no {} \"{}\"{}", to_string(kind), net::escaped(name, 64), hint));
  return false;
}

bool Reader::declared(NameKind kind, const std::string& name) const {
  return known_[static_cast<std::size_t>(kind)].contains(name);
}

bool Reader::declare(std::string_view what, const std::string& name, const Mark& at) {
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  if (name.empty() || name.size() > kLongestName || name.front() == '-' || name.front() == '.' ||
      name.find_first_not_of(kCharacters) != std::string::npos) {
    error(at, fmt::format("\"{}\" cannot be the name of a {}: expected 1 to {} letters, digits, "
                          "\"_\", \".\" and \"-\"",
                          net::escaped(name, 64), what, kLongestName));
    return false;
  }
  return true;
}

bool Reader::check_keys(const Node& node, const Shape& section) {
  if (node.kind != Node::Kind::Map) {
    unexpected(node, section.expected);
    return false;
  }
  if (node.entries.empty() && !section.may_be_empty) {
    error(node.mark, fmt::format("expected {}, got an empty one", section.expected));
    return false;
  }
  std::vector<std::string> known;
  for (const FieldInfo& field : section.fields) {
    known.push_back(field.key);
  }
  for (const Entry& entry : node.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) {
      continue;
    }
    const auto& later = section.later;
    const bool planned = std::find(later.begin(), later.end(), entry.key) != later.end();
    std::string hint = entry.key == "<<" ? ", groups are how things are inherited here"
                       : planned         ? ": not supported in this version"
                                         : foreign_key(entry.key);
    if (hint.empty()) {
      hint = did_you_mean(entry.key, known);
    }
    error(entry.mark, fmt::format("unknown key \"{}\"{}", net::escaped(entry.key, 64), hint));
  }
  for (const FieldInfo& field : section.fields) {
    if (field.required && node.find(field.key) == nullptr) {
      error(node.mark, fmt::format("\"{}\" is missing here: {}", field.key, field.help));
    }
  }
  return true;
}

std::string Reader::path_beside(const Node& path) const {
  const std::filesystem::path base =
      std::filesystem::path(report_.file_name(path.mark.file)).parent_path();
  return base / path.text;
}

std::expected<std::string, std::string> Reader::read_secret(const Node& path) {
  const std::string file = path_beside(path);
  std::optional<std::string> secret = read_file(file);
  std::string problem;
  if (!secret) {
    problem = fmt::format("cannot read \"{}\": {}", net::escaped(file, 256), std::strerror(errno));
  } else {
    secret->erase(secret->find_last_not_of("\r\n") + 1);
    if (secret->empty() || secret->size() > kLongestPassword ||
        secret->find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
      problem = fmt::format("\"{}\" must hold one line with a password of 1 to {} octets",
                            net::escaped(file, 256), kLongestPassword);
    }
  }
  if (problem.empty()) {
    return *std::move(secret);
  }
  if (purpose_ == Purpose::Check) {
    error(path.mark, problem);
  } else {
    report_.warning(path.mark, problem + "; without the password the session stays down");
  }
  return std::unexpected(std::move(problem));
}

std::string Reader::path_from_main_file(const Node& path) const {
  if (path.mark.file == 0 || path.text.starts_with('/')) {
    return path.text;
  }
  const auto folder = [this](std::uint32_t file) {
    return std::filesystem::path(report_.file_name(file)).parent_path().lexically_normal();
  };
  return (folder(path.mark.file) / path.text).lexically_normal().lexically_relative(folder(0));
}

}  // namespace pipit::config
