/** Parquet files, read by column and page. */
@NullMarked
package org.jmoe.data.parquet;

import org.jspecify.annotations.NullMarked;
