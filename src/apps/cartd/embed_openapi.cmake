# Writes OUTPUT, a C++ source file that defines cartd::app::openapi_text as the text of INPUT.
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "#include \"apps/cartd/openapi.h\"\n\nconst std::string_view cartd::app::openapi_text = R\"=openapi=(${text})=openapi=\";\n")
