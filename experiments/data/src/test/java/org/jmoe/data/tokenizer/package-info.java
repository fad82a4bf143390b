/** Tests of tokenizers. */
@NullMarked
package org.jmoe.data.tokenizer;

import org.jspecify.annotations.NullMarked;
