// Shell completion: the scripts, and the answers that they ask this command for.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pipit::cli {

/// The script for "bash", "zsh" or "fish"; empty for another shell.
std::string_view completion_script(std::string_view shell);

/// Candidates for the last of the words, one a line with a tab and its help; the words are those
/// after the command's name. Neighbor names come from the daemon at `socket` unless the words name
/// another one. A line "\tfiles" says that file names fit.
std::string complete(std::span<const std::string> words, const std::string& socket);

}  // namespace pipit::cli
