#include "store/mongodb/database_url.h"

#include "store/mongodb/driver.h"

#include <mongoc/mongoc.h>

#include <utility>

namespace cartd::mongodb {
namespace {

const std::string url_form = "mongodb://USER:PASSWORD@HOST:PORT/DATABASE";

// What would break what the store takes for granted: a change that was acknowledged survives, and reads see it.
constexpr const char* own_options[] = {MONGOC_URI_W, MONGOC_URI_JOURNAL, MONGOC_URI_WTIMEOUTMS,
                                       MONGOC_URI_READPREFERENCE};

std::string hosts_of(const mongoc_uri_t* uri) {
  std::string hosts;
  for (const mongoc_host_list_t* host = mongoc_uri_get_hosts(uri); host != nullptr; host = host->next) {
    if (!hosts.empty()) hosts += ',';
    hosts += host->host_and_port;
  }
  return hosts;
}

bool reads_what_is_safe(const mongoc_uri_t* uri) {
  const char* const level = mongoc_read_concern_get_level(mongoc_uri_get_read_concern(uri));
  return level == nullptr || std::string_view(level) == MONGOC_READ_CONCERN_LEVEL_MAJORITY ||
         std::string_view(level) == MONGOC_READ_CONCERN_LEVEL_LINEARIZABLE;
}

}  // namespace

bool is_mongodb_url(std::string_view text) {
  return text.starts_with("mongodb://") || text.starts_with("mongodb+srv://");
}

boost::system::result<DatabaseUrl, std::string> parse_mongodb_url(std::string_view text) {
  DatabaseUrl url;
  url.text = text;
  if (text.find('\0') != std::string_view::npos) return std::string("the URL has a zero byte");
  start_driver();
  // What libmongoc says about it may show a part of the password.
  const UriPtr uri(is_mongodb_url(text) ? mongoc_uri_new_with_error(url.text.c_str(), nullptr) : nullptr);
  if (!uri)
    return "the value is not a URL such as " + url_form +
           ", with options that libmongoc knows (special characters percent-encoded)";
  for (const char* option : own_options)
    if (mongoc_uri_has_option(uri.get(), option)) return "the option " + std::string(option) + " is cartd's own";
  if (!reads_what_is_safe(uri.get())) return std::string("readConcernLevel can only be majority or linearizable");
  const char* const database = mongoc_uri_get_database(uri.get());
  if (database == nullptr || *database == '\0') return "the URL names no database; give " + url_form;
  url.database = database;
  const char* const name = mongoc_uri_get_srv_hostname(uri.get());
  url.is_srv = name != nullptr;
  url.hosts = name != nullptr ? std::string(name) : hosts_of(uri.get());
  if (const char* const password = mongoc_uri_get_password(uri.get())) url.password = password;
  return url;
}

std::string printable(const DatabaseUrl& url) {
  return (url.is_srv ? "mongodb+srv://" : "mongodb://") + url.hosts + '/' + url.database;
}

}  // namespace cartd::mongodb
