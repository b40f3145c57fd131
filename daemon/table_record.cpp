#include "daemon/table_record.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "kernel/options.hpp"
#include "net/log.hpp"

namespace pipit::daemon {
namespace {

void remove(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

}  // namespace

void TableRecord::move_to(std::string path) {
  if (!path_.empty() && path != path_) {
    remove(path_);
  }
  path_ = std::move(path);
}

std::set<std::uint32_t> TableRecord::read(std::uint8_t protocol) const {
  std::ifstream in(path_);
  std::string word;
  unsigned noted = 0;
  if (!(in >> word >> noted) || word != "protocol" || noted != protocol) {
    return {};
  }
  std::set<std::uint32_t> tables;
  std::uint32_t table = 0;
  while (in >> word >> table && word == "table") {
    if (table != 0 && table != kernel::kLocalTable) {
      tables.insert(table);
    }
  }
  return tables;
}

void TableRecord::write(std::uint8_t protocol, const std::set<std::uint32_t>& tables) {
  if (path_.empty()) {
    return;
  }
  if (tables.empty()) {
    remove(path_);
    return;
  }
  // Written beside it and put in its place: it is whole at any time.
  const std::string draft = path_ + ".new";
  errno = 0;
  std::ofstream out(draft, std::ios::trunc);
  out << "protocol " << unsigned{protocol} << '\n';
  for (const std::uint32_t table : tables) {
    out << "table " << table << '\n';
  }
  out.close();
  std::error_code error;
  if (out.good()) {
    std::filesystem::rename(draft, path_, error);
  }
  if (!out.good() || error) {
    net::log(net::LogPart::Kernel, net::LogLevel::Warning,
             "{} cannot be written ({}): after a restart, routes in tables that the configuration "
             "does not name then will stay",
             path_, error ? error.message() : std::strerror(errno));
  }
}

}  // namespace pipit::daemon
