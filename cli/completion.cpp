#include "cli/completion.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "cli/ask.hpp"
#include "cli/parse.hpp"
#include "cli/table.hpp"

namespace pipit::cli {
namespace {

constexpr std::string_view kBash = R"(# bash completion for pipit: source <(pipit completion bash)
_pipit() {
  local current=${COMP_WORDS[COMP_CWORD]} line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == $'\tfiles' ]]; then
      COMPREPLY+=($(compgen -f -- "$current"))
    else
      COMPREPLY+=("${line%%$'\t'*}")
    fi
  done < <(pipit complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _pipit pipit
)";

constexpr std::string_view kZsh = R"(#compdef pipit
# zsh completion for pipit: source <(pipit completion zsh)
_pipit() {
  local line
  local -a candidates
  for line in "${(@f)$(pipit complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == $'\tfiles' ]]; then
      _files
    elif [[ -n $line ]]; then
      candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    fi
  done
  (( ${#candidates} )) && _describe pipit candidates
}
compdef _pipit pipit
)";

constexpr std::string_view kFish = R"(# fish completion for pipit: pipit completion fish | source
function __pipit_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in (pipit complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = \tfiles
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c pipit -f -a '(__pipit_complete)'
)";

struct Option {
  std::string_view word;
  std::string_view help;
};

constexpr std::array kOptions{
    Option{"--socket", "the daemon's control socket"},
    Option{"--json", "answer with JSON"},
    Option{"--wide", "all columns in full, however wide the terminal is"},
    Option{"--version", "print the version"},
    Option{"--help", "explain the command"},
};

void add(std::string& out, std::string_view word, std::string_view help, std::string_view begin) {
  if (word.starts_with(begin)) {
    out += printable(word);
    out += '\t';
    out += help;
    out += '\n';
  }
}

}  // namespace

std::string_view completion_script(std::string_view shell) {
  return shell == "bash"   ? kBash
         : shell == "zsh"  ? kZsh
         : shell == "fish" ? kFish
                           : std::string_view();
}

std::string complete(std::span<const std::string> words, const std::string& socket) {
  const std::string current = words.empty() ? std::string() : words.back();
  std::string asked = socket;
  std::vector<std::string> before;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--socket") {
      if (i + 2 == words.size()) {
        return "\tfiles\n";
      }
      asked = words[++i];
    } else if (words[i].starts_with("--socket=")) {
      asked = words[i].substr(std::string_view("--socket=").size());
    } else if (std::ranges::find(kOptions, words[i], &Option::word) == kOptions.end()) {
      before.push_back(words[i]);
    }
  }
  std::string out;
  if (current.starts_with("-")) {
    for (const Option& option : kOptions) {
      add(out, option.word, option.help, current);
    }
  }
  const Candidates found = candidates(before);
  for (const Candidate& candidate : found.words) {
    add(out, candidate.word, candidate.help, current);
  }
  if (found.neighbors) {
    for (const std::string& name : neighbor_names(asked)) {
      add(out, name, "neighbor", current);
    }
  }
  if (found.groups) {
    for (const std::string& name : group_names(asked)) {
      add(out, name, "group", current);
    }
  }
  return out + (found.files ? "\tfiles\n" : "");
}

}  // namespace pipit::cli
