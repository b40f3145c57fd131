#include "daemon/bridge/table_record.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "net/log.hpp"

namespace pipit::daemon {
namespace {

void remove(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

/// Takes a line of the file: a word, a number, and what follows. False when it makes no sense.
bool take(const std::string& word,
          std::uint32_t number,
          std::istream& rest,
          const std::vector<std::uint32_t>& metrics,
          TableRecord::Noted& noted) {
  if (word == "protocol" || word == "former-protocol") {
    if (number == 0 || number > 255) {
      return false;
    }
    if (word == "protocol") {
      noted.protocol = static_cast<std::uint8_t>(number);
    } else {
      noted.former_protocol = static_cast<std::uint8_t>(number);
    }
    return true;
  }
  if (word != "table") {
    return false;
  }
  if (number == 0 || number == kernel::kLocalTable) {
    return true;
  }
  bool alone = true;
  for (std::uint32_t metric = 0; rest >> metric; alone = false) {
    noted.places.insert({.table = number, .metric = metric});
  }
  for (std::size_t i = 0; alone && i < metrics.size(); ++i) {
    noted.places.insert({.table = number, .metric = metrics[i]});
  }
  return true;
}

}  // namespace

void TableRecord::move_to(std::string path) {
  if (!path_.empty() && path != path_) {
    remove(path_);
  }
  path_ = std::move(path);
}

std::optional<TableRecord::Noted> TableRecord::read(
    const std::vector<std::uint32_t>& metrics) const {
  std::ifstream in(path_);
  std::string line;
  Noted noted;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string word;
    std::uint32_t number = 0;
    words >> word >> number;
    if (!words || !take(word, number, words, metrics, noted)) {
      return std::nullopt;
    }
  }
  return noted.protocol == 0 ? std::nullopt : std::optional(std::move(noted));
}

void TableRecord::write(const Noted& noted) {
  if (path_.empty()) {
    return;
  }
  if (noted.places.empty()) {
    remove(path_);
    return;
  }
  // Written beside it and put in its place: it is whole at any time.
  const std::string draft = path_ + ".new";
  errno = 0;
  std::ofstream out(draft, std::ios::trunc);
  out << "protocol " << unsigned{noted.protocol} << '\n';
  if (noted.former_protocol) {
    out << "former-protocol " << unsigned{*noted.former_protocol} << '\n';
  }
  std::optional<std::uint32_t> table;
  for (const kernel::FibPlace& place : noted.places) {
    if (place.table != table) {
      out << (table ? "\n" : "") << "table " << place.table;
      table = place.table;
    }
    out << ' ' << place.metric;
  }
  out << '\n';
  out.close();
  std::error_code error;
  if (out.good()) {
    std::filesystem::rename(draft, path_, error);
  }
  if (!out.good() || error) {
    net::log(net::LogPart::Kernel, net::LogLevel::Warning,
             "{} cannot be written ({}): after a restart, routes in tables or at metrics that the "
             "configuration does not name then will stay",
             path_, error ? error.message() : std::strerror(errno));
  }
}

}  // namespace pipit::daemon
