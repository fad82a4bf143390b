/** Parquet files, read column by column and page by page. */
@NullMarked
package org.jmoe.data.parquet;

import org.jspecify.annotations.NullMarked;
