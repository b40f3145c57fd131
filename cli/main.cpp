// The `pipit` command.
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/ask.hpp"
#include "cli/completion.hpp"
#include "cli/output.hpp"
#include "cli/parse.hpp"
#include "net/standard_streams.hpp"

namespace {

using namespace pipit::cli;

constexpr std::string_view kUsage =
    R"(Usage: pipit [--socket PATH] [--json] [--wide] COMMAND

Looks into the routing daemon pipitd and steers it.

Options:
  --socket PATH  the daemon's control socket (default: $PIPIT_SOCKET, else /run/pipit/pipit.sock)
  --json         answer with one JSON document
  --wide         all columns in full, however wide the terminal is
  --version      print the version and exit
  -h, --help     print this, or what COMMAND can do, and exit

Commands (words may be shortened as long as they are unambiguous):
)";

/// The commands that begin with these words; all when there are none.
std::string command_help(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& command : pipit::control::command_specs()) {
    const auto expected = pipit::control::split(command.words, ' ');
    bool fits = words.size() <= expected.size();
    for (std::size_t i = 0; fits && i < words.size(); ++i) {
      fits = expected[i].starts_with(words[i]);
    }
    if (!fits) {
      continue;
    }
    if (words.empty()) {
      out += fmt::format("  {:<30} {}\n", command.words, command.help);
      continue;
    }
    out += fmt::format("pipit {}\n    {}\n", usage(command), command.help);
    for (const auto& argument : command.arguments) {
      out += fmt::format("      {:<12} {}\n", argument.key, argument.help);
    }
  }
  return out;
}

Exit help(const std::vector<std::string>& words, const AskOptions& options, Output& out) {
  const std::string text = command_help(words);
  if (text.empty()) {
    return fail(Exit::Usage, "no such command; `pipit help` lists them", options, out);
  }
  out.write(words.empty() ? std::string(kUsage) + text : text);
  return Exit::Done;
}

/// What the process itself answers: help, completion; else asks the daemon.
Exit run(const std::vector<std::string>& words, const AskOptions& options, Output& out) {
  const auto invocation = parse(words);
  if (!invocation) {
    return fail(Exit::Usage, invocation.error(), options, out);
  }
  if (invocation->command->name == "help") {
    const std::string* asked = invocation->find("command");
    std::vector<std::string> about;
    for (const auto word : pipit::control::split(
             asked == nullptr ? std::string_view() : std::string_view(*asked), ' ')) {
      about.emplace_back(word);
    }
    return help(about, options, out);
  }
  if (invocation->command->name == "completion") {
    out.write(completion_script(*invocation->find("shell")));
    return Exit::Done;
  }
  return ask(*invocation, options, out);
}

/// Reads the options. CLI11 throws; nothing of it leaves this function.
struct Options {
  AskOptions ask;
  std::vector<std::string> words;
  bool wide = false;
  bool help = false;
  bool version = false;
  std::string error;
};

Options read_options(int argc, char** argv) {
  Options options;
  CLI::App app;
  app.set_help_flag();
  app.add_option("--socket", options.ask.socket);
  app.add_flag("--json", options.ask.json);
  app.add_flag("--wide", options.wide);
  app.add_flag("--version", options.version);
  app.add_flag("-h,--help", options.help);
  app.allow_extras();
  try {
    app.parse(argc, argv);
    options.words = app.remaining();
    std::erase(options.words, "--");
  } catch (const CLI::ParseError& error) {
    options.error = error.what();
  }
  return options;
}

int finish(Exit status, Output& out) {
  if (const int error = out.finish(); error != 0) {
    std::fprintf(stderr, "pipit: the answer cannot be written: %s\n", std::strerror(error));
    return static_cast<int>(status == Exit::Done ? Exit::Refused : status);
  }
  return static_cast<int>(status);
}

}  // namespace

int main(int argc, char** argv) {
  pipit::net::occupy_standard_streams();
  // Completion's words are somebody's unfinished command line: no options of this process.
  if (argc >= 3 && std::string_view(argv[1]) == "complete" && std::string_view(argv[2]) == "--") {
    const std::vector<std::string> words(argv + 3, argv + argc);
    Output out;
    out.write(complete(words, AskOptions{}.socket));
    return finish(Exit::Done, out);
  }
  const Options options = read_options(argc, argv);
  Output out(options.wide ? Width::Unlimited : Width::OfTerminal);
  if (!options.error.empty()) {
    return finish(fail(Exit::Usage, options.error, options.ask, out), out);
  }
  if (options.version) {
    out.write("pipit " PIPIT_VERSION "\n");
    return finish(Exit::Done, out);
  }
  if (options.help) {
    return finish(help(options.words, options.ask, out), out);
  }
  if (options.words.empty()) {
    return finish(fail(Exit::Usage, "no command; `pipit help` lists them", options.ask, out), out);
  }
  return finish(run(options.words, options.ask, out), out);
}
