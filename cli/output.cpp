#include "cli/output.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace pipit::cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::string_view sequence(Style style) {
  switch (style) {
    case Style::Plain:
      return "";
    case Style::Strong:
      return "\x1b[1m";
    case Style::Dim:
      return "\x1b[2m";
    case Style::Good:
      return "\x1b[32m";
    case Style::Bad:
      return "\x1b[31m";
    case Style::Notice:
      return "\x1b[33m";
  }
  return "";
}

/// $COLUMNS, else what the terminal says of itself.
std::size_t columns_of(const winsize& size) {
  constexpr std::size_t kUsual = 80;
  const std::string_view chosen = environment("COLUMNS");
  std::size_t columns = 0;
  const auto [end, error] = std::from_chars(chosen.data(), chosen.data() + chosen.size(), columns);
  if (error == std::errc() && end == chosen.data() + chosen.size() && columns > 0) {
    return columns;
  }
  return size.ws_col > 0 ? size.ws_col : kUsual;
}

}  // namespace

Output::Output(Width width) : terminal_(::isatty(STDOUT_FILENO) == 1) {
  std::signal(SIGPIPE, SIG_IGN);
  colour_ = terminal_ && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  winsize size{};
  if (terminal_ && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    rows_ = size.ws_row;
  }
  if (terminal_ && width == Width::OfTerminal) {
    columns_ = columns_of(size);
  }
}

Output::~Output() {
  finish();
}

int Output::finish() {
  put(std::exchange(held_, {}));
  if (pager_ != nullptr) {
    ::pclose(std::exchange(pager_, nullptr));
    open_ = false;
  } else if (open_ && std::fflush(stdout) != 0) {
    failed();
  }
  return error_;
}

void Output::failed() {
  open_ = false;
  error_ = errno == EPIPE || pager_ != nullptr ? 0 : errno;
}

std::string Output::styled(Style style, std::string_view text) const {
  if (!colour_ || style == Style::Plain) {
    return std::string(text);
  }
  return fmt::format("{}{}\x1b[0m", sequence(style), text);
}

void Output::write(std::string_view text) {
  if (rows_ == 0 || pager_ != nullptr) {
    put(text);
    return;
  }
  held_ += text;
  lines_ += static_cast<std::size_t>(std::ranges::count(text, '\n'));
  if (lines_ + 1 > rows_) {
    start_pager();
  }
}

void Output::start_pager() {
  const bool chosen = std::getenv("PAGER") != nullptr;
  // Lines that are wider than the terminal are moved under it rather than wrapped.
  const char* const usual = columns_ == 0 ? "less -FRXS" : "less -FRX";
  const std::string command(chosen ? environment("PAGER") : usual);
  if (!command.empty() && command != "cat") {
    pager_ = ::popen(command.c_str(), "we");
  }
  if (pager_ == nullptr) {
    rows_ = 0;
  }
  put(held_);
  held_.clear();
}

void Output::put(std::string_view text) {
  if (!open_ || text.empty()) {
    return;
  }
  std::FILE* file = pager_ == nullptr ? stdout : pager_;
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size()) {
    failed();
  }
}

}  // namespace pipit::cli
