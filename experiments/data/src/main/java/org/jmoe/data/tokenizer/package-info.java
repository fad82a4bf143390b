/** Tokenizers, which run in a separate process, and end tokens. */
@NullMarked
package org.jmoe.data.tokenizer;

import org.jspecify.annotations.NullMarked;
