// Files beside the configuration: reading them, and finding them by pattern. Both are bounded,
// since who writes a pattern or a name need not be who runs the daemon.
//
// Used by load, include and the sets that stand in files.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipit::config {

/// Octets of a regular file, at most kMaxFileSize and one; nullopt with errno set when it cannot be
/// read. Never waits for a writer. A carriage return that stands alone ends a line, as in YAML: it
/// comes back as a line feed.
std::optional<std::string> read_file(const std::string& path);

/// A carriage return without a line feed becomes one; nothing moves.
void unify_line_ends(std::string& text);

/// Files, folders and links that one pattern may lead to before it is given up.
inline constexpr std::size_t kMaxLookups = 20'000;

/// True for a name that stands for more than itself: one with "*", "?" or "[".
bool is_pattern(std::string_view name);

/// The files that a pattern of glob(7) names, sorted; one without wildcards names at most itself.
/// An error says why the search was given up.
std::expected<std::vector<std::string>, std::string> find_files(const std::string& pattern);

}  // namespace pipit::config
